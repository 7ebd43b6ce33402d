"""The alias `live`: which version of the function is served, and how a part of it is another.

Where it has provisioned concurrency, Lambda moves it in its own time: it names the new version, and
gives the old one a weight of 1 until the new one is ready. Where the new one does not start, that
stays. So a weight of 1 is Lambda's, and who has it is served; a canary's weight is less than 1.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tools.lines import Show

ALIAS = "live"
BEFORE = re.compile(r"after version (\d+)")
READY_SECONDS = 600.0
PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class Live:
    """Where the alias leads."""

    version: str
    canary: str = ""  # the version that gets the part `weight`; "" where there is none
    weight: float = 0.0
    before: str = ""  # what was live before `version`, where it is known
    coming: str = ""  # the version that Lambda makes ready, to be served instead; "" mostly

    def __str__(self) -> str:
        if not self.canary:
            return f"version {self.version}"
        return f"version {self.version}, {self.weight:.0%} of the calls to version {self.canary}"


def read(client: Any, function: str) -> Live:
    """Ask Lambda. Raises ClientError where there is no such alias."""
    found = client.get_alias(FunctionName=function, Name=ALIAS)
    named, described = found["FunctionVersion"], BEFORE.search(found.get("Description", ""))
    before = described[1] if described else ""
    weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights") or {}
    other, weight = next(iter(weights.items()), ("", 0.0))
    if weight >= 1:
        return Live(other, coming=named)
    return Live(named, other, float(weight), before)


def settled(client: Any, function: str, show: Show) -> Live:
    """What is live once Lambda has moved the alias; with `coming` still where it cannot."""
    deadline = time.monotonic() + READY_SECONDS
    now = read(client, function)
    if now.coming:
        show(f"  Waiting for version {now.coming} to be ready (provisioned concurrency).")
    while now.coming and time.monotonic() < deadline and provisioned(client, function) != "FAILED":
        time.sleep(PAUSE_SECONDS)
        now = read(client, function)
    return now


def point(client: Any, function: str, to: Live) -> None:
    """Let the alias lead there, in one step; a `coming` of `to` is given up."""
    client.update_alias(
        FunctionName=function,
        Name=ALIAS,
        FunctionVersion=to.version,
        RoutingConfig={"AdditionalVersionWeights": {to.canary: to.weight} if to.canary else {}},
        Description=f"after version {to.before}" if to.before else "",
    )


def provisioned(client: Any, function: str) -> str:
    """How far its provisioned concurrency is: READY, IN_PROGRESS, FAILED; "" where it has none."""
    try:
        found = client.get_provisioned_concurrency_config(FunctionName=function, Qualifier=ALIAS)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ProvisionedConcurrencyConfigNotFoundException":
            return ""
        raise
    return str(found["Status"])


def versions(client: Any, function: str) -> dict[str, str]:
    """All that were published and are kept, oldest first, with the time of each."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    found = [each for page in pages for each in page["Versions"] if each["Version"] != "$LATEST"]
    found.sort(key=lambda each: int(each["Version"]))
    return {each["Version"]: each["LastModified"] for each in found}
