"""The data stack: the tables of infra/data.json, made and kept up to date by CloudFormation."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from tools import parameters, stack, tables
from tools.refusals import Refusal
from tools.stack import Clients, Show
from tools.stages import Stage

TABLE = "AWS::DynamoDB::Table"
Template = dict[str, Any]


def apply(clients: Clients, stage: Stage, show: Show | None = None) -> bool:
    """Make the stack, or update it where the template changed; True where anything did.

    Tables that exist without the stack (theirs was deleted, and they were retained) are imported
    into it with their items. Raises Refusal.
    """
    template = parameters.read(tables.TEMPLATE)
    values = parameters.of(template, stage)
    name = stage.data_stack
    return _applied(clients, name, template, values, protected=stage.protected, show=show)


def apply_local(clients: Clients, app: str) -> None:
    """The same for stage `local`. Raises Refusal."""
    values = {"App": app, "Stage": "local"}
    _applied(clients, f"{app}-local-data", parameters.read(tables.TEMPLATE), values)


def create_missing(dynamodb: Any, app: str, stage: str) -> None:
    """Make the tables that are not there, without CloudFormation: for engines that have none."""
    names = _names(dynamodb)
    for table in tables.tables(app, stage):
        if table["TableName"] not in names:
            dynamodb.create_table(**table)


def _applied(
    clients: Clients,
    name: str,
    template: Template,
    values: Mapping[str, str],
    *,
    protected: bool = False,
    show: Show | None = None,
) -> bool:
    client = clients("cloudformation")
    status = stack.ready(client, name, show)
    if status in stack.HALF_MADE:
        _let_go(clients, name, status, show)
        status = ""
    kept = {} if status else _existing(clients("dynamodb"), values)
    if kept:
        _import(client, name, _only(template, kept), values, kept, show)
    body = json.dumps(template)
    changed = stack.apply(clients, name, body, values, protected=protected, show=show)
    return changed or bool(kept)


def _let_go(clients: Clients, name: str, status: str, show: Show | None) -> None:
    """Delete a stack that was never finished, unless that could cost data."""
    client, dynamodb = clients("cloudformation"), clients("dynamodb")
    pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
    rows = [row for page in pages for row in page["StackResourceSummaries"]]
    made = {row["PhysicalResourceId"] for row in rows if row["ResourceType"] == TABLE}
    for table in sorted(made & _names(dynamodb)):
        if dynamodb.scan(TableName=table, Limit=1, Select="COUNT")["Count"]:
            raise Refusal(
                f"{name} is {status}, and its table {table} holds items: delete the stack in "
                "CloudFormation's console, retaining its tables. The next deployment imports them."
            )
    stack.delete(client, name, show)


def _names(dynamodb: Any) -> set[str]:
    pages = dynamodb.get_paginator("list_tables").paginate()
    return {name for page in pages for name in page["TableNames"]}


def _existing(dynamodb: Any, values: Mapping[str, str]) -> dict[str, str]:
    """The tables of the template that exist: by the names of their resources."""
    names = _names(dynamodb)
    wanted = tables.resources(values["App"], values["Stage"])
    logical = {key: table["TableName"] for key, table in wanted.items()}
    return {key: name for key, name in logical.items() if name in names}


def _only(template: Template, resources: Mapping[str, str]) -> Template:
    return template | {"Resources": {key: template["Resources"][key] for key in resources}}


def _import(
    client: Any,
    name: str,
    template: Template,
    values: Mapping[str, str],
    kept: Mapping[str, str],
    show: Show | None,
) -> None:
    change = {"StackName": name, "ChangeSetName": "import"}
    resources = [
        {
            "ResourceType": TABLE,
            "LogicalResourceId": logical,
            "ResourceIdentifier": {"TableName": table},
        }
        for logical, table in kept.items()
    ]
    client.create_change_set(
        **stack.request_of(name, json.dumps(template), values),
        ChangeSetName="import",
        ChangeSetType="IMPORT",
        ResourcesToImport=resources,
    )
    while (made := client.describe_change_set(**change))["Status"].endswith("_IN_PROGRESS"):
        time.sleep(stack.pause(client))
    if made["Status"] != "CREATE_COMPLETE":
        raise Refusal(f"{name}: {made.get('StatusReason')}")
    stack.run(client, client.execute_change_set, change, show)
