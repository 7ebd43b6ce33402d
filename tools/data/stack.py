"""The data stack: the tables of infra/data.json, made and kept up to date by CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tools import stages
from tools.cloudformation import parameters, stack
from tools.cloudformation.stack import Clients
from tools.data import indexes, table_import, tables
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

Template = dict[str, Any]


def apply(clients: Clients, stage: Stage, show: Show | None = None) -> bool:
    """Make the stack, or update it where the template changed; True where anything did.

    Its tables are those that the stage uses. One that exists without the stack (its stack was
    deleted, and it was retained; or it was restored, and TABLE_<NAME> names it) is imported with
    its items; one that the stage uses no more leaves the stack, and stays. Returns when every
    index can be used. Raises Refusal.
    """
    stack.check_ours(clients("cloudformation"), stage.data_stack, stage.app, stage.name)
    template = table_import.named(parameters.read(tables.TEMPLATE), stage, clients("dynamodb"))
    values = parameters.of(template, stage)
    name = stage.data_stack
    return _applied(clients, name, template, values, protected=stage.protected, show=show)


def apply_local(clients: Clients, app: str) -> None:
    """The same for stage `local`. Raises Refusal."""
    template = parameters.read(tables.TEMPLATE)
    values = parameters.of(template, stages.read("local")) | {"App": app, "Stage": "local"}
    _applied(clients, f"{app}-local-data", template, values)


def create_missing(dynamodb: Any, app: str, stage: str) -> None:
    """Make the tables that are not there, without CloudFormation: for engines that have none."""
    for table in tables.tables(app, stage):
        if not tables.status(dynamodb, table["TableName"]):
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
    names = table_import.names(template, values).values()
    indexes.wait(clients, names, show)  # a table takes no update while one is being built
    imported = table_import.bring_in(clients, name, template, values, show)
    body = json.dumps(template)
    changed = stack.apply(clients, name, body, values, protected=protected, show=show)
    indexes.wait(clients, names, show)
    return changed or imported


def _let_go(clients: Clients, name: str, status: str, show: Show | None) -> None:
    """Delete a stack that was never finished, unless that could cost data."""
    client, dynamodb = clients("cloudformation"), clients("dynamodb")
    pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
    rows = [row for page in pages for row in page["StackResourceSummaries"]]
    made = {row["PhysicalResourceId"] for row in rows if row["ResourceType"] == table_import.TABLE}
    for table in sorted(made):
        if (
            tables.status(dynamodb, table)
            and dynamodb.scan(TableName=table, Limit=1, Select="COUNT")["Count"]
        ):
            raise Refusal(
                f"{name} is {status}, and its table {table} holds items: delete the stack in "
                "CloudFormation's console, retaining its tables. The next deployment imports them."
            )
    stack.delete(client, name, show)
