"""VIA=package: the API as a stack of CloudFormation, from what `chalice package` makes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from botocore.exceptions import ClientError

from tools import ROOT
from tools.aws import Account, emulated_url
from tools.cloudformation import parameters, stack
from tools.deploy import alias, payload, template
from tools.deploy import canary as canaries
from tools.deploy.artifacts import Artifacts
from tools.lines import Show
from tools.policies import policy
from tools.refusals import Refusal, answered
from tools.stages import Stage

# A role is made; AWS::Serverless is turned into plain resources.
CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")


def deploy(
    stage: Stage, account: Account, folder: Path, show: Show, root: Path = ROOT, canary: int = 0
) -> str:
    """Deploy the API of a clone; gives its URL. Raises Refusal, ClientError.

    `folder` is emptied, and holds what is built. `canary` is how many percent of the calls the
    new version gets, 0 for all.
    """
    stack.check_ours(account.client("cloudformation"), stage.stack, stage.app, stage.name)
    before = _at_rest(stage, account, canary, show)
    made, address = _uploaded(stage, account, folder, show, root)
    chosen = canaries.parameters(stage, account, made, before, canary, show)
    values = parameters.of(made, stage) | chosen
    try:
        _apply(stage, account, address, values, show)
        _go_live(stage, account, before, values, show)
    except Refusal as refusal:
        # After a `make rollback` CloudFormation goes back to the version that was left.
        again = take_back(stage, account, before) if before else ""
        raise Refusal(f"{refusal} {again}".rstrip()) from None
    return url(stage, account)


def url(stage: Stage, account: Account) -> str:
    """Where the deployed API answers, without a slash at its end."""
    given = stack.outputs(account.client("cloudformation"), stage.stack)
    if account.emulated:
        return emulated_url(given["RestAPIId"], stage.gateway_stage)
    return given["EndpointURL"].rstrip("/")


def log_group(stage: Stage, account: Account) -> str:
    """Where Lambda writes what the function logs."""
    return stack.outputs(account.client("cloudformation"), stage.stack)["LogGroup"]


def take_back(stage: Stage, account: Account, before: alias.Live, broken: str = "") -> str:
    """Serve again what was live before a deployment; gives a line about it.

    "" where the same is live now: then the deployment has not made it worse. `broken` is a version
    that failed its try: it gets no part of the calls, even where it was a canary before.
    """
    to = replace(before, coming="")
    if broken and before.canary == broken:
        to = replace(to, canary="", weight=0.0)
    now = live(stage, account)
    if now is None or replace(now, before=to.before) == to:
        return ""
    given = stack.outputs(account.client("cloudformation"), stage.stack)
    client, function = account.client("lambda"), given["APIHandlerName"]
    try:
        alias.point(client, function, to)
    except ClientError as error:
        return f"It is not taken back: `make rollback STAGE={stage.name}`. {answered(error)}"
    if alias.read(client, function).coming:
        return f"Live again as soon as Lambda has it ready: {to}."
    if to.version == now.version and not to.canary:
        return f"All calls go to {to}."
    return f"Live again: {to}."


def function(stage: Stage, account: Account) -> str:
    """The name of the function."""
    return stack.outputs(account.client("cloudformation"), stage.stack)["APIHandlerName"]


def version(stage: Stage, account: Account) -> str:
    """The number of what was deployed last, whether all calls go to it or some."""
    return stack.outputs(account.client("cloudformation"), stage.stack)["Version"]


def _at_rest(stage: Stage, account: Account, canary: int, show: Show) -> alias.Live | None:
    """What is live, with nothing in the way of a deployment. Raises Refusal."""
    given = stack.outputs(account.client("cloudformation"), stage.stack)
    if "Alias" not in given:
        return None
    client, function = account.client("lambda"), given["APIHandlerName"]
    now = alias.settled(client, function, show)
    canaries.check(stage, client, function, now, canary)
    if now.coming:
        # Its weights are Lambda's own, and Lambda takes no other version beside them.
        alias.point(client, function, now)
        show(f"  Version {now.coming} did not get ready and is given up.")
    return replace(now, coming="")


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


def _go_live(
    stage: Stage,
    account: Account,
    before: alias.Live | None,
    values: dict[str, str],
    show: Show,
) -> None:
    """See that the alias leads where the stack says, and remember what was live before.

    `make rollback` moves the alias, and CloudFormation does not notice. Raises Refusal.
    """
    client = account.client("lambda")
    given = stack.outputs(account.client("cloudformation"), stage.stack)
    function, wanted = given["APIHandlerName"], _wanted(before, given["Version"], values)
    if alias.settled(client, function, show) != wanted:
        alias.point(client, function, wanted)
    if coming := alias.settled(client, function, show).coming:
        raise Refusal(
            f"Version {coming} does not get ready for its provisioned concurrency: the log group "
            f"{given['LogGroup']} may say why."
        )
    show(f"  Live: {wanted}.")


def _wanted(before: alias.Live | None, new: str, values: dict[str, str]) -> alias.Live:
    """Where the alias is to lead, by the stack's parameters."""
    version = values["StableVersion"] or new
    former = ""
    if before:
        former = before.before if before.version == version else before.version
    if version == new:
        return alias.Live(new, before=former)
    return alias.Live(version, new, float(values["CanaryWeight"]), former)
