"""Stacks in every state that CloudFormation leaves them in, and the data stack on a local AWS."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud import ACCOUNT, Cloud
from tests.deploy.formation import NAME, Ending, Formation
from tests.engines import ROOT
from tools import stages
from tools.cloudformation import parameters, stack
from tools.data import stack as data
from tools.data import table_import, tables
from tools.refusals import Refusal
from tools.stages import Stage

MADE: Ending = ("CREATE_COMPLETE", [("Table", "CREATE_COMPLETE", "")])
UPDATED: Ending = ("UPDATE_COMPLETE", [("Table", "UPDATE_COMPLETE", "")])
GONE: Ending = ("", [])


def apply(formation: Formation, **options: Any) -> tuple[bool, list[str]]:
    """Whether it changed anything, and what was shown."""
    shown: list[str] = []
    options = {"show": shown.append} | options
    changed = stack.apply(formation.clients(), NAME, "{}", {"App": "a"}, **options)
    return changed, shown


@pytest.mark.parametrize(
    "parameters",
    [{}, {"App": "users-api", "Stage": "dev-data"}, {"App": "users", "Stage": "dev"}, {"App": "x"}],
)
def test_another_stack_of_that_name_is_left_alone(parameters: dict[str, str]) -> None:
    """An update would delete what is in it, with its items."""
    formation = Formation("CREATE_COMPLETE")
    formation.parameters = parameters
    with pytest.raises(Refusal, match=r"^There is a stack users-api-dev that stage dev of users-"):
        stack.check_ours(formation, NAME, "users-api", "dev")
    assert formation.asked == []


@pytest.mark.parametrize("status", ["", "REVIEW_IN_PROGRESS"])
def test_an_empty_stack_is_nobodys(status: str) -> None:
    formation = Formation(status)
    formation.parameters = {}
    stack.check_ours(formation, NAME, "users-api", "dev")


def test_our_own_stack_is_ours() -> None:
    for status in ("UPDATE_COMPLETE", "ROLLBACK_COMPLETE"):
        stack.check_ours(Formation(status), NAME, "users-api", "dev")


def line(formation: Formation) -> str:
    """The refusal, which is one line."""
    with pytest.raises(Refusal) as raised:
        apply(formation)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_it_is_made_where_there_is_none() -> None:
    formation = Formation(create_stack=MADE)
    changed, shown = apply(formation, capabilities=["CAPABILITY_IAM"])
    assert changed
    (request,) = formation.requests
    assert request["TemplateBody"] == "{}"
    assert request["Parameters"] == [{"ParameterKey": "App", "ParameterValue": "a"}]
    assert request["Capabilities"] == ["CAPABILITY_IAM"]
    assert [re.sub(r"^\d\d:\d\d:\d\d", "T", each) for each in shown] == [
        "T  Table  CREATE_COMPLETE"
    ]


def test_only_what_happens_now_is_shown_in_the_order_of_its_happening() -> None:
    events = [(f"R{n}", "UPDATE_COMPLETE", f"reason\n {n}") for n in range(5)]
    _, shown = apply(Formation("CREATE_COMPLETE", update_stack=("UPDATE_COMPLETE", events)))
    assert [each.split("  ")[1:] for each in shown] == [
        [f"R{n}", "UPDATE_COMPLETE", f"reason {n}"] for n in range(5)
    ]


def test_nothing_to_change_is_no_change() -> None:
    nothing: Ending = ("!No updates are to be performed.", [])
    assert apply(Formation("UPDATE_COMPLETE", update_stack=nothing)) == (False, [])


def test_a_template_by_its_address() -> None:
    formation = Formation(create_stack=MADE)
    stack.apply(formation.clients(), NAME, "https://s3.example/b/k", {})
    assert formation.requests[0]["TemplateURL"] == "https://s3.example/b/k"


@pytest.mark.parametrize("wanted", [True, False])
def test_protection_follows_the_setting(wanted: bool) -> None:
    formation = Formation("CREATE_COMPLETE", update_stack=UPDATED)
    formation.protected = not wanted
    apply(formation, protected=wanted)
    assert formation.protected is wanted


def test_what_could_not_be_made_is_not_protected() -> None:
    """Else it could be neither deleted nor made."""
    formation = Formation(create_stack=("ROLLBACK_COMPLETE", []))
    with pytest.raises(Refusal):
        apply(formation, protected=True)
    assert not formation.protected
    formation.script |= {"delete_stack": GONE, "create_stack": MADE}
    apply(formation, protected=True)
    assert formation.protected


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_a_stack_that_somebody_else_changes(status: str) -> None:
    said = f"{NAME} is being updated by another deployment; try again when it is done."
    assert line(Formation(status)) == said


def test_somebody_else_was_a_moment_faster() -> None:
    busy: Ending = (f"!Stack:{NAME} is in UPDATE_IN_PROGRESS state and can not be updated.", [])
    assert "another deployment" in line(Formation("CREATE_COMPLETE", update_stack=busy))


def test_the_first_cause_is_told_and_not_its_consequences() -> None:
    events = [
        ("Quick", "CREATE_FAILED", "Resource creation cancelled"),
        ("Role", "CREATE_FAILED", "Not allowed\nto do that."),
        ("Function", "CREATE_FAILED", "Resource creation cancelled"),
        (NAME, "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Role]."),
    ]
    said = line(Formation(create_stack=("ROLLBACK_COMPLETE", events)))
    assert said == f"{NAME}: ROLLBACK_COMPLETE, because Role: Not allowed to do that."


def test_a_failure_of_long_ago_is_not_the_cause() -> None:
    failed = Formation("CREATE_COMPLETE", update_stack=("UPDATE_ROLLBACK_COMPLETE", []))
    assert "long ago" not in line(failed)


@pytest.mark.parametrize("status", sorted(stack.HALF_MADE))
def test_a_stack_left_half_made_is_made_anew(status: str) -> None:
    formation = Formation(status, delete_stack=GONE, create_stack=MADE)
    changed, _ = apply(formation)
    assert (changed, formation.asked) == (True, ["delete_stack", "create_stack"])


def test_a_rollback_that_did_not_end_is_ended_first() -> None:
    undone = ("UPDATE_ROLLBACK_COMPLETE", [("Role", "UPDATE_COMPLETE", "")])
    formation = Formation(
        "UPDATE_ROLLBACK_FAILED", continue_update_rollback=undone, update_stack=UPDATED
    )
    changed, shown = apply(formation)
    assert formation.asked == ["continue_update_rollback", "update_stack"]
    assert changed
    assert shown[0] == f"{NAME}: its last update was not undone to the end; that is done first."


def test_a_rollback_that_cannot_be_ended_says_why() -> None:
    stuck = ("UPDATE_ROLLBACK_FAILED", [("Role", "UPDATE_FAILED", "No such role")])
    said = line(Formation("UPDATE_ROLLBACK_FAILED", continue_update_rollback=stuck))
    assert said == (
        f"{NAME}: UPDATE_ROLLBACK_FAILED, because Role: No such role. "
        "Continue its rollback in CloudFormation's console, skipping that."
    )


def test_what_aws_refuses_is_told_by_the_command() -> None:
    with pytest.raises(ClientError):
        apply(Formation("CREATE_COMPLETE", update_stack=("!Template error", [])))


def test_a_deletion_that_fails_says_why() -> None:
    formation = Formation(
        "CREATE_COMPLETE", delete_stack=("DELETE_FAILED", [("Api", "DELETE_FAILED", "In use.")])
    )
    with pytest.raises(Refusal, match=r"^users-api-dev could not be deleted, because Api: In use"):
        stack.delete(formation, NAME)


DEV = stages.read("dev")


class Tables:
    """A DynamoDB with one table, which holds as many items as it is told."""

    def __init__(self, items: int) -> None:
        self.items = items

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=lambda: [{"TableNames": [f"{DEV.stack}-users"]}])

    def describe_table(self, **_: Any) -> dict[str, dict[str, str]]:
        return {"Table": {"TableStatus": "ACTIVE"}}

    def scan(self, **_: Any) -> dict[str, int]:
        return {"Count": self.items}


def half_made(items: int, **script: Any) -> tuple[Formation, Callable[[str], Any]]:
    formation = Formation("ROLLBACK_FAILED", **script)
    row = {"ResourceType": table_import.TABLE, "PhysicalResourceId": f"{DEV.stack}-users"}
    formation.resources = [row]
    return formation, formation.clients(dynamodb=Tables(items))


def test_no_stack_is_deleted_whose_tables_hold_items() -> None:
    formation, clients = half_made(1)
    with pytest.raises(Refusal, match=r"users-api-dev-users holds items: delete the stack in Clou"):
        data.apply(clients, DEV)
    assert formation.asked == []


def test_one_whose_tables_are_empty_is() -> None:
    formation, clients = half_made(0, delete_stack=("DELETE_FAILED", []))
    with pytest.raises(Refusal, match="could not be deleted"):
        data.apply(clients, DEV)
    assert formation.asked == ["delete_stack"]


def test_a_template_gets_what_it_declares_and_no_more() -> None:
    stage = replace(DEV, parameters={"ThrottleRate": "5", "DeletionProtection": "false"})
    assert parameters.of(parameters.read(tables.TEMPLATE), stage) == {
        "App": DEV.app,
        "Stage": "dev",
        "DeletionProtection": "false",
    }
    api = parameters.read(ROOT / "infra/api.json")
    assert parameters.of(api, stage) == {"App": DEV.app, "Stage": "dev", "ThrottleRate": "5"}


def test_a_template_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "api.json").write_text("{")
    with pytest.raises(Refusal, match=r"api.json cannot be read \(Expecting property name"):
        parameters.read(tmp_path / "api.json")


@pytest.mark.slow
def test_the_life_of_a_data_stack(aws: Cloud) -> None:
    """Made, left alone, changed, lost, and made again around the tables that stayed."""
    shown: list[str] = []
    users, name = f"{DEV.stack}-users", DEV.data_stack
    assert data.apply(aws.client, DEV, shown.append)
    assert any(re.search(r"UsersTable  CREATE_COMPLETE", each) for each in shown)
    assert protection(aws, users)
    shown.clear()
    assert not data.apply(aws.client, DEV, shown.append)
    assert shown == []
    open_ = replace(DEV, parameters=DEV.parameters | {"DeletionProtection": "false"})
    assert data.apply(aws.client, open_)
    assert not protection(aws, users)
    aws.client().put_item(TableName=users, Item={"id": {"S": "7"}})
    buckets = tables.buckets(DEV.app, DEV.name, ACCOUNT).values()
    for bucket in buckets:
        aws.client("s3").put_object(Bucket=bucket, Key="7", Body=b"seven")
    stack.delete(aws.client("cloudformation"), name, shown.append)
    assert stack.status_of(aws.client("cloudformation"), name) == ""
    assert data.apply(aws.client, DEV)
    assert aws.client().scan(TableName=users)["Count"] == 1
    for bucket in buckets:
        assert aws.client("s3").get_object(Bucket=bucket, Key="7")["Body"].read() == b"seven"
    assert held(aws, DEV) == {*buckets, *(t["TableName"] for t in tables.tables(DEV.app, DEV.name))}
    assert stack.status_of(aws.client("cloudformation"), name) in stack.DONE


@pytest.mark.slow
def test_a_data_stack_beside_one_table_that_exists(aws: Cloud) -> None:
    lone = replace(DEV, name="lone", parameters={})
    for table in tables.tables(lone.app, lone.name):
        if table["TableName"].endswith("-users"):
            aws.client().create_table(**table)
    assert data.apply(aws.client, lone)
    buckets = tables.buckets(lone.app, lone.name, ACCOUNT).values()
    assert held(aws, lone) == {
        *buckets,
        *(table["TableName"] for table in tables.tables(lone.app, lone.name)),
    }


def held(aws: Cloud, stage: Stage) -> set[str]:
    """The tables and buckets in the data stack of a stage."""
    rows = aws.client("cloudformation").list_stack_resources(StackName=stage.data_stack)
    return {
        row["PhysicalResourceId"]
        for row in rows["StackResourceSummaries"]
        if row["ResourceType"] in table_import.IDENTIFIERS
    }


@pytest.mark.slow
def test_a_protected_data_stack(aws: Cloud) -> None:
    kept = replace(DEV, name="kept", protected=True)
    client = aws.client("cloudformation")
    data.apply(aws.client, kept)
    assert stack.protected(client, kept.data_stack)
    with pytest.raises(ClientError, match="TerminationProtection"):
        stack.delete(client, kept.data_stack)
    data.apply(aws.client, replace(kept, protected=False))
    assert not stack.protected(client, kept.data_stack)


@pytest.mark.slow
def test_outputs(aws: Cloud) -> None:
    template = {
        "Resources": {"Group": {"Type": "AWS::Logs::LogGroup"}},
        "Outputs": {"Name": {"Value": {"Ref": "AWS::StackName"}}},
    }
    stack.apply(aws.client, "one", json.dumps(template), {})
    assert stack.outputs(aws.client("cloudformation"), "one") == {"Name": "one"}
    assert stack.outputs(aws.client("cloudformation"), "none") == {}


def protection(aws: Cloud, table: str) -> bool:
    described = aws.client().describe_table(TableName=table)["Table"]
    return bool(described["DeletionProtectionEnabled"])
