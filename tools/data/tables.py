"""The tables of infra/data.json as CreateTable requests, for engines without CloudFormation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tools import ROOT

TEMPLATE = ROOT / "infra" / "data.json"
CLAIMS = "claims"  # the table that every API has: unique values, and answers to repeat
ELSEWHERE = ("TimeToLiveSpecification", "PointInTimeRecoverySpecification")  # not of CreateTable


def tables(app: str, stage: str, path: Path = TEMPLATE) -> list[dict[str, Any]]:
    """The parameters of one CreateTable request for each table of the template.

    Raises ValueError for an intrinsic function that is not understood here.
    """
    return list(resources(app, stage, path).values())


def resources(app: str, stage: str, path: Path = TEMPLATE) -> dict[str, dict[str, Any]]:
    """The same requests, by the names that the tables have in the template."""
    return {
        logical: {name: value for name, value in table.items() if name not in ELSEWHERE}
        for logical, table in described(app, stage, path).items()
    }


def described(
    app: str, stage: str, path: Path = TEMPLATE, *, protected: bool = True
) -> dict[str, dict[str, Any]]:
    """All that the template says of each table, by the names that they have there.

    `protected` is its parameter DeletionProtection.
    """
    template = json.loads(path.read_text())
    parameters = {"App": app, "Stage": stage}
    kept = stage != "local"
    conditions = {"Kept": kept, "Protected": kept and protected}
    return {
        logical: {
            name: _resolved(value, parameters, conditions)
            for name, value in resource["Properties"].items()
        }
        for logical, resource in template["Resources"].items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }


def buckets(app: str, stage: str, account: str = "", path: Path = TEMPLATE) -> dict[str, str]:
    """The template's buckets, by the names of their resources. Raises ValueError as `tables`."""
    parameters = {"App": app, "Stage": stage, "AWS::AccountId": account}
    return {
        logical: _resolved(
            resource["Properties"]["BucketName"], parameters, {"Kept": stage != "local"}
        )
        for logical, resource in json.loads(path.read_text())["Resources"].items()
        if resource["Type"] == "AWS::S3::Bucket"
    }


def found(dynamodb: Any, table: str) -> dict[str, Any]:
    """What DynamoDB says of a table; nothing where there is none."""
    try:
        described: dict[str, Any] = dynamodb.describe_table(TableName=table)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return {}
    return described


def status(dynamodb: Any, table: str) -> str:
    """The status of a table, such as ACTIVE; "" where there is none."""
    return str(found(dynamodb, table).get("TableStatus", ""))


def _resolved(value: Any, parameters: dict[str, str], conditions: dict[str, bool]) -> Any:
    if isinstance(value, list):
        return [_resolved(item, parameters, conditions) for item in value]
    if not isinstance(value, dict):
        return value
    match list(value.items()):
        case [("Ref", str(name))]:
            return parameters[name]
        case [("Fn::Sub", str(text))]:
            for name, given in parameters.items():
                text = text.replace(f"${{{name}}}", given)
            return text
        case [("Fn::If", [str(name), yes, no])]:
            return _resolved(yes if conditions[name] else no, parameters, conditions)
        case [(str(name), _)] if name.startswith("Fn::"):
            raise ValueError(f"{name} is not understood by tools/data/tables.py")
    return {name: _resolved(item, parameters, conditions) for name, item in value.items()}
