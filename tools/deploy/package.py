"""VIA=package: the API as a stack of CloudFormation, from what `chalice package` makes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tools import ROOT, parameters, policy, stack
from tools.aws import Account
from tools.deploy import alias, payload, template
from tools.deploy.artifacts import Artifacts
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

# A role is made; AWS::Serverless is turned into plain resources.
CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
NO_CANARY = {"StableVersion": "", "CanaryWeight": "0"}


def deploy(
    stage: Stage, account: Account, folder: Path, show: Show, root: Path = ROOT, canary: int = 0
) -> str:
    """Deploy the API of a clone; gives its URL. Raises Refusal, ClientError.

    `folder` is emptied, and holds what is built. `canary` is how many percent of the calls the
    new version gets, 0 for all.
    """
    made, address = _uploaded(stage, account, folder, show, root)
    before = live(stage, account)
    values = parameters.of(made, stage) | _canary(stage, account, made, before, canary, show)
    try:
        _apply(stage, account, address, values, show)
    except Refusal as refusal:
        # After a `make rollback` CloudFormation goes back to the version that was left.
        again = take_back(stage, account, before) if before else ""
        raise Refusal(f"{refusal} {again}".rstrip()) from None
    _go_live(stage, account, before, values, show)
    return url(stage, account)


def url(stage: Stage, account: Account) -> str:
    """Where the deployed API answers, without a slash at its end."""
    given = stack.outputs(account.client("cloudformation"), stage.stack)
    if account.emulated:
        endpoint = os.environ["AWS_ENDPOINT_URL"].rstrip("/")
        return f"{endpoint}/_aws/execute-api/{given['RestAPIId']}/{stage.gateway_stage}"
    return given["EndpointURL"].rstrip("/")


def log_group(stage: Stage, account: Account) -> str:
    """Where Lambda writes what the function logs."""
    return stack.outputs(account.client("cloudformation"), stage.stack)["LogGroup"]


def take_back(stage: Stage, account: Account, before: alias.Live) -> str:
    """Serve again what was live before a deployment; gives a line about it.

    "" where the same is live now: then the deployment has not made it worse.
    """
    now = live(stage, account)
    if now is None or (now.version, now.canary) == (before.version, before.canary):
        return ""
    given = stack.outputs(account.client("cloudformation"), stage.stack)
    alias.point(account.client("lambda"), given["APIHandlerName"], before)
    return f"Live again: {before}."


def _uploaded(
    stage: Stage, account: Account, folder: Path, show: Show, root: Path
) -> tuple[template.Template, str]:
    """Build and upload all that CloudFormation reads; gives the template, and its URL."""
    built = payload.build(stage, root, folder, show)
    artifacts = Artifacts(stage, account, show)
    code = artifacts.put("the function", built.function.read_bytes(), ".zip")
    layer = artifacts.put("the layer", built.layer.read_bytes(), ".zip")
    sam = _exact(parameters.read(built.template), account)
    api = parameters.read(root / "infra/api.json")
    made = template.of(sam, api, code=artifacts.s3(code), layer=artifacts.s3(layer))
    body = json.dumps(made, indent=1).encode()
    (folder / "template.json").write_bytes(body)  # for whoever wants to read it
    return made, artifacts.url(artifacts.put("the template", body, ".json"))


def live(stage: Stage, account: Account) -> alias.Live | None:
    """What is live now; None before the first deployment."""
    given = stack.outputs(account.client("cloudformation"), stage.stack)
    if "Alias" not in given:
        return None
    return alias.read(account.client("lambda"), given["APIHandlerName"])


def _apply(
    stage: Stage, account: Account, address: str, values: dict[str, str], show: Show
) -> None:
    changed = stack.apply(
        account.client,
        stage.stack,
        address,
        values,
        capabilities=CAPABILITIES,
        protected=stage.protected,
        show=show,
    )
    if not changed:
        show("  Nothing has changed.")


def _exact(sam: template.Template, account: Account) -> template.Template:
    """Chalice's template, its policies with this account in their ARNs."""
    for resource in sam["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role":
            for each in resource["Properties"]["Policies"]:
                each["PolicyDocument"] = policy.exact(each["PolicyDocument"], account)
    return sam


def _canary(
    stage: Stage,
    account: Account,
    made: template.Template,
    before: alias.Live | None,
    percent: int,
    show: Show,
) -> dict[str, str]:
    """The parameters that keep the version that is live, and give the new one its part."""
    if not percent:
        return NO_CANARY
    if before is None:
        show("  CANARY: nothing is live yet, so all calls go to the first version.")
        return NO_CANARY
    if _published(stage, account, made) == before.version:
        show(f"  CANARY: this is version {before.version}, which is live already.")
        return NO_CANARY
    if stage.parameters.get("ProvisionedConcurrency", "0") != "0":
        show("  CANARY: Lambda takes no provisioned concurrency for as long as it lasts.")
    return {"StableVersion": before.version, "CanaryWeight": str(percent / 100)}


def _published(stage: Stage, account: Account, made: template.Template) -> str:
    """The number of the template's version, where the stack has it already; else ""."""
    (name,) = (k for k, v in made["Resources"].items() if v["Type"] == "AWS::Lambda::Version")
    client = account.client("cloudformation")
    try:
        found = client.describe_stack_resource(StackName=stage.stack, LogicalResourceId=name)
    except ClientError as error:
        if "does not exist" in str(error):
            return ""
        raise
    detail: dict[str, Any] = found["StackResourceDetail"]
    if detail["ResourceStatus"].startswith("DELETE"):
        return ""
    return str(detail["PhysicalResourceId"]).rpartition(":")[2]


def _go_live(
    stage: Stage,
    account: Account,
    before: alias.Live | None,
    values: dict[str, str],
    show: Show,
) -> None:
    """See that the alias leads where the stack says, and remember what was live before.

    `make rollback` moves the alias, and CloudFormation does not notice.
    """
    client = account.client("lambda")
    given = stack.outputs(account.client("cloudformation"), stage.stack)
    function, new = given["APIHandlerName"], given["Version"]
    stable = values["StableVersion"]
    version = stable or new
    former = ""
    if before:
        former = before.before if before.version == version else before.version
    weight = float(values["CanaryWeight"]) if stable else 0.0
    wanted = alias.Live(version, new if stable else "", weight, former)
    if alias.read(client, function) != wanted:
        alias.point(client, function, wanted)
    show(f"  Live: {wanted}.")
