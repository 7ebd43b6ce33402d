"""The account behind the API: what CloudFormation was asked for, and an emulator only records."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.collected import without_gateway
from tests.platform.conftest import Behind
from tools import ROOT
from tools.cloudformation import stack
from tools.data import tables
from tools.deploy import deployed
from tools.policies import policy
from tools.stages import Stage

pytestmark = pytest.mark.account


def names(behind: Behind) -> Iterator[str]:
    for table in tables.tables(behind.stage.app, behind.stage.name):
        short = table["TableName"].removeprefix(f"{behind.stage.stack}-")
        yield behind.stage.table(short)


def described(behind: Behind) -> Iterator[dict[str, Any]]:
    client = behind.account.client("dynamodb")
    for name in names(behind):
        table: dict[str, Any] = client.describe_table(TableName=name)["Table"]
        yield table


def test_tables_are_paid_by_request_and_protected(behind: Behind) -> None:
    protected = behind.stage.parameters.get("DeletionProtection", "true") == "true"
    for table in described(behind):
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert table["DeletionProtectionEnabled"] == protected, table["TableName"]
        for index in table.get("GlobalSecondaryIndexes", []):
            assert index["IndexStatus"] == "ACTIVE", index["IndexName"]


def test_any_second_of_the_last_weeks_can_be_restored(behind: Behind) -> None:
    client = behind.account.client("dynamodb")
    for name in names(behind):
        found = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        recovery = found["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED", name


def test_claims_expire(behind: Behind) -> None:
    client = behind.account.client("dynamodb")
    (claims,) = [name for name in names(behind) if "claims" in name]
    found = client.describe_time_to_live(TableName=claims)["TimeToLiveDescription"]
    assert (found["TimeToLiveStatus"], found["AttributeName"]) == ("ENABLED", "expires_at")


def test_the_role_may_do_what_the_policy_says_and_no_more(behind: Behind) -> None:
    role = role_of(behind)
    iam = behind.account.client("iam")
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    granted = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    wanted = json.loads((ROOT / f".chalice/policy-{behind.stage.name}.json").read_text())
    assert grants(granted) == grants(policy.exact(wanted, behind.account))


def role_of(behind: Behind) -> str:
    """The function's role: of the stack, or what Chalice calls it."""
    client, stage = behind.account.client("cloudformation"), behind.stage
    name = stack_of(stage, os.environ.get("BASE_URL", ""))
    if not stack.status_of(client, name):
        return deployed.role(stage)
    found = client.describe_stack_resources(StackName=name)["StackResources"]
    (role,) = [one["PhysicalResourceId"] for one in found if one["ResourceType"].endswith("::Role")]
    return str(role)


def stack_of(stage: Stage, url: str) -> str:
    """The stack whose function answers at a URL."""
    return stage.image_stack if without_gateway(url) else stage.stack


def grants(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Each action on each resource; the log is another one by each way of deploying."""
    found = set()
    for statement in document["Statement"]:
        log = statement.get("Sid") == policy.LOGS
        for action in listed(statement["Action"]):
            for resource in ["the log"] if log else listed(statement["Resource"]):
                found.add((action, resource))
    return found


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
