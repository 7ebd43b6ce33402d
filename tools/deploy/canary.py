"""CANARY: a part of the calls goes to the new version, and the rest to what is live.

Lambda takes no weights beside provisioned concurrency, and nobody has seen one update of
CloudFormation that takes the one away and adds the other: each must be gone before.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from tools.deploy import alias, template
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

NONE = {"StableVersion": "", "CanaryWeight": "0"}


def percent(value: str, via: str, stage: Stage) -> int:
    """CANARY as a number; 0 where it is not set. Raises Refusal."""
    if not value:
        return 0
    if via not in ("package", "image"):
        raise Refusal(
            "CANARY needs VIA=package or VIA=image: only there an alias can share the calls."
        )
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 99):
        raise Refusal(f"CANARY={value}: it is a percentage, from 1 to 99.")
    if _provisioned(stage):
        raise Refusal(
            "CANARY and ProvisionedConcurrency exclude each other: set ProvisionedConcurrency of "
            f"stage {stage.name} to 0 in .chalice/config.json, and deploy once without CANARY."
        )
    return int(value)


def check(
    stage: Stage, via: str, client: Any, function: str, live: alias.Live, percent: int
) -> None:
    """Raise Refusal where what is live must go before. `client` is Lambda's."""
    if percent and alias.provisioned(client, function):
        raise Refusal(
            "CANARY and ProvisionedConcurrency exclude each other, and what is live has it: "
            "deploy once without CANARY."
        )
    if not percent and live.canary and _provisioned(stage):
        raise Refusal(
            f"Version {live.canary} is a canary still, and Lambda takes no provisioned concurrency "
            f"beside it: `make rollback STAGE={stage.name} VIA={via}` ends it, or a deployment "
            "with ProvisionedConcurrency 0 gives it all calls."
        )


def parameters(
    client: Any,
    stack: str,
    made: template.Template,
    before: alias.Live | None,
    percent: int,
    show: Show,
) -> dict[str, str]:
    """Those that keep the version that is live, and give the new one its part.

    `client` is CloudFormation's.
    """
    if not percent:
        return NONE
    if before is None:
        show("  CANARY: nothing is live yet, so all calls go to the first version.")
        return NONE
    if _published(client, stack, made) == before.version:
        show(f"  CANARY: this is version {before.version}, which is live already.")
        return NONE
    return {"StableVersion": before.version, "CanaryWeight": str(percent / 100)}


def _provisioned(stage: Stage) -> bool:
    return str(stage.parameters.get("ProvisionedConcurrency", "0")) != "0"


def _published(client: Any, stack: str, made: template.Template) -> str:
    """The number of the template's version, where the stack has it already; else ""."""
    (name,) = (k for k, v in made["Resources"].items() if v["Type"] == "AWS::Lambda::Version")
    try:
        found = client.describe_stack_resource(StackName=stack, LogicalResourceId=name)
    except ClientError as error:
        if "does not exist" in str(error):
            return ""
        raise
    detail: dict[str, Any] = found["StackResourceDetail"]
    if detail["ResourceStatus"].startswith("DELETE"):
        return ""
    return str(detail["PhysicalResourceId"]).rpartition(":")[2]
