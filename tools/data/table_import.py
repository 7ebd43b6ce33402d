"""What is taken into the data stack with all that it holds.

Tables that were restored; tables and buckets that a stack now gone has retained.

The stack is to hold the tables that the stage uses. One that it uses no more leaves the stack, and
stays as it is: infra/data.json says Retain.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Collection, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tools.cloudformation import stack
from tools.cloudformation.stack import Clients
from tools.data import tables
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage, table_setting

TABLE, BUCKET, IDENTITY = "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SES::EmailIdentity"
IDENTIFIERS = {TABLE: "TableName", BUCKET: "BucketName"}  # of what can be taken in
# A stack cannot be empty, not even between the tables that leave and those that come.
PLACEHOLDER = {"Placeholder": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
GONE = {"DELETE_COMPLETE", "DELETE_SKIPPED"}  # the second where it was retained
Template = dict[str, Any]


def named(template: Template, stage: Stage, dynamodb: Any) -> Template:
    """The template with the names that TABLE_<NAME> gives. Raises Refusal where no such table is.

    It would be made, empty, and the API would show nothing.
    """
    resources = dict(template["Resources"])
    for logical, table in tables.resources(stage.app, stage.name).items():
        short = table["TableName"].removeprefix(f"{stage.stack}-")
        setting, name = table_setting(short), stage.table(short)
        if not stage.environment.get(setting):
            continue
        if not tables.status(dynamodb, name):
            raise Refusal(
                f"{setting} of stage {stage.name} (.chalice/config.json) names {name}, "
                "and there is no such table: correct it, or take it out."
            )
        properties = resources[logical]["Properties"] | {"TableName": name}
        resources[logical] = resources[logical] | {"Properties": properties}
    return template | {"Resources": resources}


def bring_in(
    clients: Clients,
    name: str,
    template: Template,
    values: Mapping[str, str],
    show: Show | None = None,
) -> bool:
    """Bring what exists of the template into the stack; True where anything was not in it.

    Raises Refusal.
    """
    client = clients("cloudformation")
    held = _held(client, name) if stack.status_of(client, name) else None
    new = _missing(clients, template, values, held or {})
    if not new:
        return False
    rest: Template = {}
    if held is not None:
        rest = _without(template["Resources"], new)
        if not any(one["Type"] == TABLE for one in rest.values()):  # others may have a condition
            rest |= PLACEHOLDER
        before = _with(template, rest)
        request = stack.request_of(name, json.dumps(before), values)
        stack.run(client, client.update_stack, request, show)
    after = _with(template, rest | {k: template["Resources"][k] for k in new})
    _import(client, name, after, values, new, show)
    return True


def _missing(
    clients: Clients, template: Template, values: Mapping[str, str], held: Mapping[str, str]
) -> dict[str, str]:
    """The names of what exists and is not in the stack, by those that it has in the template."""
    wanted = {k: n for k, n in names(template, values).items() if held.get(k) != n}
    present = {k: n for k, n in wanted.items() if tables.status(clients("dynamodb"), n)}
    _check_keys(clients("dynamodb"), present, values)
    resources = template["Resources"].items()
    others = {k: one for k, one in resources if one["Type"] != TABLE and k not in held}
    if values["Stage"] != "local":  # whose AWS has no other stage
        _check_identities(clients, others, values)
    if BUCKET not in {one["Type"] for one in others.values()}:
        return present
    account = clients("sts").get_caller_identity()["Account"]
    made = tables.buckets(values["App"], values["Stage"], account).items()
    there = {k: n for k, n in made if k in others and _is_there(clients("s3"), n)}
    return present | there


def _is_there(s3: Any, bucket: str) -> bool:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


def _check_identities(
    clients: Clients, others: Mapping[str, Any], values: Mapping[str, str]
) -> None:
    """Refuse an identity that SES has already: it may be another stage's, so none is taken in."""
    for one in (one for one in others.values() if one["Type"] == IDENTITY):
        parameter = one["Properties"]["EmailIdentity"]["Ref"]
        if (name := values.get(parameter)) and _has_identity(clients("sesv2"), name):
            raise Refusal(
                f"SES has the identity {name} already: take {parameter} out of the parameters of "
                f"stage {values['Stage']} (.chalice/config.json)."
            )


def _has_identity(sesv2: Any, name: str) -> bool:
    try:
        sesv2.get_email_identity(EmailIdentity=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        return False
    return True


def _without(resources: Mapping[str, Any], left: Collection[str]) -> Template:
    """The resources but for some, and but for those that speak of them: a bucket's policy does."""
    named = re.compile("|".join(rf'"{name}"|\$\{{{name}[.}}]' for name in left))
    return {
        name: one
        for name, one in resources.items()
        if name not in left and not named.search(json.dumps(one))
    }


def _check_keys(dynamodb: Any, new: Mapping[str, str], values: Mapping[str, str]) -> None:
    """Refuse tables with other keys: somebody else's of that name. An import would take them."""
    wanted = tables.resources(values["App"], values["Stage"])
    for logical, name in new.items():
        if _keys(tables.found(dynamodb, name)) != _keys(wanted[logical]):
            raise Refusal(
                f"There is a table {name} with other keys than infra/data.json says: it is not "
                "taken. Change app_name and APP_NAME in .chalice/config.json, or delete it."
            )


def _keys(table: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Each key's name, kind and type."""
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    keys = table["KeySchema"]
    return [(key["AttributeName"], key["KeyType"], types[key["AttributeName"]]) for key in keys]


def _held(client: Any, name: str) -> dict[str, str]:
    """What is in the stack, by the names of its resources."""
    rows = client.describe_stack_resources(StackName=name)["StackResources"]
    return {
        row["LogicalResourceId"]: row["PhysicalResourceId"]
        for row in rows
        if row["ResourceStatus"] not in GONE
    }


def names(template: Template, values: Mapping[str, str]) -> dict[str, str]:
    """The full names of the template's tables, by the names of their resources."""
    wanted = {}
    for logical, table in tables.resources(values["App"], values["Stage"]).items():
        given = template["Resources"][logical]["Properties"]["TableName"]
        wanted[logical] = given if isinstance(given, str) else table["TableName"]
    return wanted


def _with(template: Template, resources: Mapping[str, Any]) -> Template:
    """The template with these resources alone. An import takes no outputs."""
    kept = {name: part for name, part in template.items() if name != "Outputs"}
    return kept | {"Resources": dict(resources)}


def _import(
    client: Any,
    name: str,
    template: Template,
    values: Mapping[str, str],
    new: Mapping[str, str],
    show: Show | None,
) -> None:
    change = {"StackName": name, "ChangeSetName": f"import-{secrets.token_hex(4)}"}
    resources = [
        {
            "ResourceType": (kind := template["Resources"][logical]["Type"]),
            "LogicalResourceId": logical,
            "ResourceIdentifier": {IDENTIFIERS[kind]: existing},
        }
        for logical, existing in new.items()
    ]
    client.create_change_set(
        **stack.request_of(name, json.dumps(template), values),
        ChangeSetName=change["ChangeSetName"],
        ChangeSetType="IMPORT",
        ResourcesToImport=resources,
    )
    while (made := client.describe_change_set(**change))["Status"].endswith("_IN_PROGRESS"):
        time.sleep(stack.pause(client))
    if made["Status"] != "CREATE_COMPLETE":
        raise Refusal(f"{name}: {made.get('StatusReason')}")
    stack.run(client, client.execute_change_set, change, show)
