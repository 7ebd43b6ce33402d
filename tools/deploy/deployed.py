"""What `chalice deploy` has made for a stage, as Chalice writes it: .chalice/deployed/<stage>.json.

Chalice writes that file when all is done. Interrupted, it forgets what it had made, and another
clone never knew: it would make a second API with another URL (aws/chalice 966, 972). The account
itself knows, by the names that Chalice gives and by whom the API calls. So the account is asked
each time, and the file need not be shared.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tools import ROOT, files
from tools.aws import Account
from tools.refusals import Refusal
from tools.stages import Stage

Resource = dict[str, Any]
# Of what this app makes; Chalice's names. What else stands in the file is left as it is.
ROLE, LAYER, FUNCTION, API = "api_handler_role", "managed-layer", "api_handler", "rest_api"


def path(stage: Stage, root: Path = ROOT) -> Path:
    return root / f".chalice/deployed/{stage.name}.json"


def current(stage: Stage, account: Account, root: Path = ROOT) -> list[Resource]:
    """Everything that is there. Raises Refusal where the stage is elsewhere, or not Chalice's."""
    kept = {resource["name"]: resource for resource in read(stage, root)}
    check_place(stage, account, root)
    # In the order of their making: `chalice delete` begins with the last.
    found = [*_role(stage, account), *_function(stage, account), *_api(stage, account, kept)]
    others = [kept[name] for name in kept if name not in (ROLE, LAYER, FUNCTION, API)]
    return found + [other for other in others if _own(stage, other)]


def _own(stage: Stage, resource: Resource) -> bool:
    """Whether a function in the file is this stage's: somebody may have copied another's file."""
    function = f":function:{stage.function}"
    return "lambda_arn" not in resource or f"{resource['lambda_arn']}-".count(f"{function}-") == 1


def read(stage: Stage, root: Path = ROOT) -> list[Resource]:
    """What the file says; nothing where there is none that can be read."""
    try:
        resources = json.loads(path(stage, root).read_text())["resources"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    if not isinstance(resources, list):
        return []
    return [one for one in resources if isinstance(one, dict) and isinstance(one.get("name"), str)]


def write(stage: Stage, resources: list[Resource], root: Path = ROOT) -> None:
    """Keep it, whole or not at all."""
    file = path(stage, root)
    if not resources:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    document = {"resources": resources, "schema_version": "2.0", "backend": "api"}
    files.replace(file, json.dumps(document, indent=2, sort_keys=True) + "\n")


def role(stage: Stage) -> str:
    """The name of the role that Chalice makes where autogen_policy is false."""
    return f"{stage.function}-{FUNCTION}"


def arn(stage: Stage, account: Account) -> str:
    """The function's."""
    place = f"{account.partition}:lambda:{account.region}:{account.number}"
    return f"arn:{place}:function:{stage.function}"


def check_place(stage: Stage, account: Account, root: Path = ROOT) -> None:
    """Refuse where the file tells of another region or account."""
    functions = [one for one in read(stage, root) if one["name"] == FUNCTION]
    here = [account.region, account.number]
    for there in (f"{function.get('lambda_arn')}".split(":")[3:5] for function in functions):
        if len(there) == 2 and there != here:
            raise Refusal(
                f"Stage {stage.name} is deployed to {' of account '.join(there)} "
                f"(.chalice/deployed/{stage.name}.json), and this is {' of account '.join(here)}: "
                "set AWS_REGION and AWS_PROFILE for there, or delete that file to begin anew here."
            )


def _function(stage: Stage, account: Account) -> list[Resource]:
    """The function, and the layer that it uses."""
    try:
        function = account.client("lambda").get_function(FunctionName=stage.function)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return []
        raise
    settings, tags = function["Configuration"], function.get("Tags", {})
    if settings["Handler"] != "app.app" or not _tagged(stage, tags):
        raise Refusal(
            f"There is a function {stage.function} in {account.region} that this app did not make: "
            "delete it, or change app_name and APP_NAME in .chalice/config.json."
        )
    layer = f":layer:{stage.function}-{LAYER}:"
    used = [one["Arn"] for one in settings.get("Layers", []) if layer in one["Arn"]]
    layers = [_resource(LAYER, "lambda_layer", layer_version_arn=version) for version in used[:1]]
    return [*layers, _resource(FUNCTION, "lambda_function", lambda_arn=settings["FunctionArn"])]


def _tagged(stage: Stage, tags: dict[str, str]) -> bool:
    """Whether Chalice made it for this stage. Who may not read tags sees none."""
    return tags.get("aws-chalice", "").endswith(f":stage={stage.name}:app={stage.app}")


def _role(stage: Stage, account: Account) -> list[Resource]:
    client = account.client("iam")
    try:
        found = client.get_role(RoleName=role(stage))["Role"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return []
        raise
    if role_region(stage, account) not in ("", account.region):
        return []
    _check_alone(stage, client)
    return [_resource(ROLE, "iam_role", role_arn=found["Arn"], role_name=role(stage))]


def _check_alone(stage: Stage, client: Any) -> None:
    """Refuse a role that may do more than our policy says: Chalice would use it as it is."""
    name = role(stage)
    inline = client.list_role_policies(RoleName=name)["PolicyNames"]
    attached = client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    if others := {*inline, *(each["PolicyName"] for each in attached)} - {name}:
        raise Refusal(
            f"The role {name} has a policy that this app did not make ({min(others)}): "
            f"take it away, or write what it grants into .chalice/policy-{stage.name}.json."
        )


def check_role(stage: Stage, account: Account) -> None:
    """Refuse where the role is in use elsewhere: Chalice would give it the tables of here alone."""
    if (there := role_region(stage, account)) not in ("", account.region):
        raise Refusal(
            f"The role {role(stage)} serves stage {stage.name} in {there}, and roles are the same "
            "in every region: add VIA=package for a second region, or destroy the stage there."
        )


def role_region(stage: Stage, account: Account) -> str:
    """The region that the role's policy tells of, by the function's log; "" where it does not."""
    try:
        policy = account.client("iam").get_role_policy(RoleName=role(stage), PolicyName=role(stage))
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return ""
        raise
    log = rf":logs:([a-z0-9-]+):\d+:log-group:/aws/lambda/{re.escape(stage.function)}\b"
    told = re.search(log, json.dumps(policy["PolicyDocument"]))
    return told[1] if told else ""


def _api(stage: Stage, account: Account, kept: dict[str, Resource]) -> list[Resource]:
    """The API of this app that calls the function. All stages' APIs have the same name."""
    client = account.client("apigateway")
    pages = client.get_paginator("get_rest_apis").paginate()
    named = [api["id"] for page in pages for api in page["items"] if api["name"] == stage.app]
    known = kept.get(API, {}).get("rest_api_id")
    calling = [api for api in named if arn(stage, account) in _called(client, api)]
    if len(calling) > 1 and known not in calling:
        raise Refusal(
            f"Several APIs call the function {stage.function}: {', '.join(calling)}. Delete all "
            "but the one that is in use (aws apigateway delete-rest-api --rest-api-id ...)."
        )
    chosen = known if known in calling else next(iter(calling), None)
    return [_resource(API, API, rest_api_id=chosen)] if chosen else []


def _called(client: Any, api: str) -> set[str]:
    """The ARNs of the functions that an API calls."""
    pages = client.get_paginator("get_resources").paginate(restApiId=api, embed=["methods"])
    uris = {
        method.get("methodIntegration", {}).get("uri", "")
        for page in pages
        for resource in page["items"]
        for method in resource.get("resourceMethods", {}).values()
    }
    return {uri.partition("/functions/")[2].partition("/")[0] for uri in uris}


def _resource(name: str, kind: str, **values: str) -> Resource:
    return {"name": name, "resource_type": kind, **values}
