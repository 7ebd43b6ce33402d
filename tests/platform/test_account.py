"""The account behind the API: what CloudFormation was asked for, and an emulator only records."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.platform.conftest import Behind
from tools import tables

pytestmark = pytest.mark.account


def names(behind: Behind) -> Iterator[str]:
    for table in tables.tables(behind.stage.app, behind.stage.name):
        short = table["TableName"].removeprefix(f"{behind.stage.stack}-")
        setting = f"TABLE_{short.upper().replace('-', '_')}"
        yield behind.stage.environment.get(setting) or table["TableName"]


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


def test_the_role_has_no_grant_beyond_its_policy(behind: Behind) -> None:
    stack = behind.account.client("cloudformation")
    found = stack.describe_stack_resources(StackName=behind.stage.stack)["StackResources"]
    (role,) = [one["PhysicalResourceId"] for one in found if one["ResourceType"].endswith("::Role")]
    iam = behind.account.client("iam")
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        assert "*" not in {
            statement["Resource"]
            for statement in document["Statement"]
            if isinstance(statement["Resource"], str)
        }, json.dumps(document)
