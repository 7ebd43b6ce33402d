"""The alias `live`: which version of the function is served, and how a part of it is another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

ALIAS = "live"
BEFORE = re.compile(r"after version (\d+)")


@dataclass(frozen=True)
class Live:
    """Where the alias leads."""

    version: str
    canary: str = ""  # the version that gets the part `weight`; "" where there is none
    weight: float = 0.0
    before: str = ""  # what was live before `version`, where it is known

    def __str__(self) -> str:
        if not self.canary:
            return f"version {self.version}"
        return f"version {self.version}, {self.weight:.0%} of the calls to version {self.canary}"


def read(client: Any, function: str) -> Live:
    """Ask Lambda. Raises ClientError where there is no such alias."""
    found = client.get_alias(FunctionName=function, Name=ALIAS)
    weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights") or {}
    canary, weight = next(iter(weights.items()), ("", 0.0))
    before = BEFORE.search(found.get("Description", ""))
    return Live(found["FunctionVersion"], canary, float(weight), before[1] if before else "")


def point(client: Any, function: str, to: Live) -> None:
    """Let the alias lead there, in one step."""
    client.update_alias(
        FunctionName=function,
        Name=ALIAS,
        FunctionVersion=to.version,
        RoutingConfig={"AdditionalVersionWeights": {to.canary: to.weight} if to.canary else {}},
        Description=f"after version {to.before}" if to.before else "",
    )


def versions(client: Any, function: str) -> dict[str, str]:
    """All that were published and are kept, oldest first, with the time of each."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    found = [each for page in pages for each in page["Versions"] if each["Version"] != "$LATEST"]
    found.sort(key=lambda each: int(each["Version"]))
    return {each["Version"]: each["LastModified"] for each in found}
