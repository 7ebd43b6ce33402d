"""The data stack: the tables of infra/data.json, made and kept up to date by CloudFormation."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tools import tables

WAIT_SECONDS = 600.0
DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
# Left by a creation or an import that did not end: nothing in there is in use.
HALF_MADE = {"CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"}
TABLE = "AWS::DynamoDB::Table"

Clients = Callable[[str], Any]  # from a service's name to a botocore client


class StackError(Exception):
    """CloudFormation could not do it; the message is its reason."""


def name(app: str, stage: str) -> str:
    return f"{app}-{stage}-data"


def apply(clients: Clients, app: str, stage: str) -> None:
    """Make the stack, or update it where the template changed. Returns when it is done.

    Tables that exist without the stack (theirs was deleted, and they were retained) are imported
    into it with their items. Raises StackError.
    """
    client, stack = clients("cloudformation"), name(app, stage)
    status = _settled(client, stack)
    if status in HALF_MADE:
        client.delete_stack(StackName=stack)
        status = _settled(client, stack)
    template = json.loads(tables.TEMPLATE.read_text())
    request = _request(stack, app, stage, template)
    if status:
        _change(client, client.update_stack, request)
    elif kept := _existing(clients("dynamodb"), app, stage):
        _import(client, _request(stack, app, stage, _only(template, kept)), kept)
        _change(client, client.update_stack, request)
    else:
        _change(client, client.create_stack, request)


def create_missing(dynamodb: Any, app: str, stage: str) -> None:
    """Make the tables that are not there, without CloudFormation: for engines that have none."""
    names = _names(dynamodb)
    for table in tables.tables(app, stage):
        if table["TableName"] not in names:
            dynamodb.create_table(**table)


def _request(stack: str, app: str, stage: str, template: dict[str, Any]) -> dict[str, Any]:
    values = {"App": app, "Stage": stage}
    parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()]
    return {"StackName": stack, "TemplateBody": json.dumps(template), "Parameters": parameters}


def _change(client: Any, operation: Callable[..., Any], request: dict[str, Any]) -> None:
    stack = request["StackName"]
    try:
        operation(**request)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return
        raise StackError(f"{stack}: {error}") from None
    status = _settled(client, stack)
    if status not in DONE:
        raise StackError(f"{stack}: {status}, {_reason(client, stack)}")


def _names(dynamodb: Any) -> set[str]:
    pages = dynamodb.get_paginator("list_tables").paginate()
    return {name for page in pages for name in page["TableNames"]}


def _existing(dynamodb: Any, app: str, stage: str) -> dict[str, str]:
    """The tables of the template that exist: by the names of their resources."""
    names = _names(dynamodb)
    resources = json.loads(tables.TEMPLATE.read_text())["Resources"]
    logical = [key for key, value in resources.items() if value["Type"] == TABLE]
    wanted = [table["TableName"] for table in tables.tables(app, stage)]
    return {key: name for key, name in zip(logical, wanted, strict=True) if name in names}


def _only(template: dict[str, Any], resources: dict[str, str]) -> dict[str, Any]:
    return template | {"Resources": {key: template["Resources"][key] for key in resources}}


def _import(client: Any, request: dict[str, Any], kept: dict[str, str]) -> None:
    change = {"StackName": request["StackName"], "ChangeSetName": "import"}
    resources = [
        {
            "ResourceType": TABLE,
            "LogicalResourceId": logical,
            "ResourceIdentifier": {"TableName": table},
        }
        for logical, table in kept.items()
    ]
    client.create_change_set(
        **request, ChangeSetName="import", ChangeSetType="IMPORT", ResourcesToImport=resources
    )
    while (made := client.describe_change_set(**change))["Status"].endswith("_IN_PROGRESS"):
        time.sleep(_pause(client))
    if made["Status"] != "CREATE_COMPLETE":
        raise StackError(f"{request['StackName']}: {made.get('StatusReason')}")
    _change(client, client.execute_change_set, change)


def _settled(client: Any, stack: str) -> str:
    """The stack's status once nothing is in progress; "" where there is no such stack."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        status = _status(client, stack)
        if status == "REVIEW_IN_PROGRESS" or not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(_pause(client))
    raise StackError(f"{stack} is still in progress after {WAIT_SECONDS:.0f} s")


def _pause(client: Any) -> float:
    return 0.05 if "127.0.0.1" in client.meta.endpoint_url else 2.0


def _status(client: Any, stack: str) -> str:
    try:
        found = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" in str(error):
            return ""
        raise StackError(f"{stack}: {error}") from None
    return "" if found == "DELETE_COMPLETE" else str(found)


def _reason(client: Any, stack: str) -> str:
    """Why the last operation failed. Events come newest first; the first failure is the cause."""
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    reasons = [
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED") and event.get("ResourceStatusReason")
    ]
    return reasons[-1] if reasons else "no reason given"
