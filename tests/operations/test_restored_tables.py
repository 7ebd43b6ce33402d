"""Tables made of the past of others, on a DynamoDB that does what a test tells it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools import stages
from tools.refusals import Refusal
from tools.restore import tables
from tools.restore.tables import Restored

DEV = replace(stages.read("dev"), app="shop", environment={}, parameters={})
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
TTL = {"AttributeName": "expires_at", "Enabled": True}
RECOVERY = {"PointInTimeRecoveryEnabled": True}
TABLE = Restored(
    name="things",
    sources=["used", "own"],
    target="new",
    properties={
        "TableName": "own",
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "TimeToLiveSpecification": TTL,
        "PointInTimeRecoverySpecification": RECOVERY,
    },
)
Call = tuple[str, dict[str, Any]]


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "Operation")


class Scripted:
    """Holds tables by name. Notes what changes one; `refusals` are raised first, by operation."""

    meta = SimpleNamespace(endpoint_url="http://127.0.0.1:1")  # so that nothing waits for long

    def __init__(self, *names: str, **refusals: list[str]) -> None:
        self.refusals = refusals
        self.changes: list[Call] = []
        self.protected: set[str] = set()
        self.statuses: dict[str, Iterator[str]] = {}  # then ACTIVE
        self.tags: dict[str, list[dict[str, str]]] = {}
        self.expiring = "DISABLED"
        self.since = {name: datetime(2026, 11, 20, 11, tzinfo=UTC) for name in names}

    def describe_table(self, **request: str) -> dict[str, Any]:
        name = request["TableName"]
        if name not in self.since:
            raise refused("ResourceNotFoundException")
        status = next(self.statuses.get(name, iter(())), "ACTIVE")
        self.changes += [("look", {"status": status})] if status != "ACTIVE" else []
        described = {"TableStatus": status, "TableArn": f"arn:{name}"}
        return {"Table": described | {"DeletionProtectionEnabled": name in self.protected}}

    def describe_continuous_backups(self, **request: str) -> dict[str, Any]:
        window = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "EarliestRestorableDateTime": self.since[request["TableName"]],
            "LatestRestorableDateTime": datetime(2026, 11, 20, 13, tzinfo=UTC),
        }
        return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": window}}

    def describe_time_to_live(self, **_: str) -> dict[str, Any]:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": self.expiring}}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_tags_of_resource"
        return SimpleNamespace(paginate=self._tags)

    def _tags(self, **request: str) -> list[dict[str, Any]]:
        return [{"Tags": [tag]} for tag in self.tags.get(request["ResourceArn"], [])]

    def __getattr__(self, operation: str) -> Callable[..., None]:
        def change(**request: Any) -> None:
            if codes := self.refusals.get(operation):
                raise refused(codes.pop(0))
            self.changes.append((operation, request))
            if operation == "update_table":
                self.statuses["new"] = iter(["UPDATING", "UPDATING"])

        return change


def planned(**environment: str) -> dict[str, Restored]:
    return {t.name: t for t in tables.planned(replace(DEV, environment=environment), AT)}


@pytest.mark.users
def test_every_table_is_planned_under_a_name_of_its_time() -> None:
    users = planned()["users"]
    assert users.target == "shop-dev-users-20261120t120000"
    assert (users.setting, users.sources) == ("TABLE_USERS", ["shop-dev-users"])
    assert users.properties["TableName"] == "shop-dev-users"
    assert users.properties["PointInTimeRecoverySpecification"] == RECOVERY
    assert "claims" in planned()


@pytest.mark.users
def test_the_table_in_use_comes_before_the_stages_own() -> None:
    plan = planned(TABLE_USERS="other")
    assert plan["users"].sources == ["other", "shop-dev-users"]
    assert plan["users"].target == "shop-dev-users-20261120t120000"
    assert plan["claims"].sources == ["shop-dev-claims"]


@pytest.mark.parametrize(
    ("parameters", "protected"),
    [({}, True), ({"DeletionProtection": "true"}, True), ({"DeletionProtection": "false"}, False)],
)
def test_it_is_protected_as_the_stage_says(parameters: dict[str, str], protected: bool) -> None:
    stage = replace(DEV, parameters=parameters)
    for table in tables.planned(stage, AT):
        assert table.properties["DeletionProtectionEnabled"] is protected


def test_the_source_is_the_table_in_use() -> None:
    assert tables.source(Scripted("used", "own"), TABLE, AT) == "used"


def test_where_that_is_younger_it_is_the_one_before() -> None:
    client = Scripted("used", "own")
    client.since["used"] = datetime(2026, 11, 20, 12, 0, 0, 1, tzinfo=UTC)
    assert tables.source(client, TABLE, AT) == "own"
    client.since["own"] = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
    with pytest.raises(Refusal, match="too early: used goes back to 2026-11-20T12:00:01Z"):
        tables.source(client, TABLE, AT)


def test_a_source_that_is_not_there_is_a_line() -> None:
    with pytest.raises(Refusal, match=r"^There is no table own: make deploy makes it\.$"):
        tables.source(Scripted("used"), TABLE, AT)


def test_a_restore_is_paid_as_the_template_says() -> None:
    client = Scripted()
    tables.begin(client, TABLE, "used", AT)
    tables.begin(client, replace(TABLE, properties={}), "used", AT)
    asked = {"SourceTableName": "used", "TargetTableName": "new", "RestoreDateTime": AT}
    assert client.changes == [
        ("restore_table_to_point_in_time", asked | {"BillingModeOverride": "PAY_PER_REQUEST"}),
        ("restore_table_to_point_in_time", asked),
    ]


def test_tables_are_waited_for() -> None:
    client = Scripted("new", "old")
    client.statuses["new"] = iter(["CREATING", "CREATING"])
    tables.wait(client, ["old", "new"])
    assert len(client.changes) == 2
    with pytest.raises(Refusal, match=r"^AWS did not make gone: give the same command again\.$"):
        tables.wait(client, ["gone"])


def test_what_a_restore_leaves_out_is_set_in_order() -> None:
    """A table that is UPDATING takes no change: it is waited for."""
    client = Scripted("used", "new")
    tables.settle(client, TABLE)
    new = {"TableName": "new"}
    assert client.changes == [
        ("update_table", new | {"DeletionProtectionEnabled": True}),
        ("look", {"status": "UPDATING"}),
        ("look", {"status": "UPDATING"}),
        ("update_time_to_live", new | {"TimeToLiveSpecification": TTL}),
        ("update_continuous_backups", new | {"PointInTimeRecoverySpecification": RECOVERY}),
    ]


def test_what_is_set_already_is_not_set_again() -> None:
    client = Scripted("used", "new")
    client.protected, client.expiring = {"new"}, "ENABLING"
    tables.settle(client, TABLE)
    assert [operation for operation, _ in client.changes] == ["update_continuous_backups"]


def test_what_the_template_does_not_say_is_not_set() -> None:
    client = Scripted("used", "new")
    off = {"TimeToLiveSpecification": TTL | {"Enabled": False}}
    tables.settle(client, replace(TABLE, properties=off))
    assert client.changes == []


def test_tags_are_those_in_use_and_the_templates_but_none_of_awss() -> None:
    client = Scripted("used", "new")
    kept = {"team": "blue", "cost": "7", "aws:cloudformation:stack-name": "shop-dev-data"}
    client.tags = {"arn:used": [{"Key": k, "Value": v} for k, v in kept.items()]}
    tables.settle(client, replace(TABLE, properties={"Tags": [{"Key": "cost", "Value": "8"}]}))
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "8"}]
    assert client.changes == [("tag_resource", {"ResourceArn": "arn:new", "Tags": tags})]


NOT_YET = {
    "update_table": "ResourceInUseException",
    "update_time_to_live": "ResourceInUseException",
    "update_continuous_backups": "ContinuousBackupsUnavailableException",
    "tag_resource": "ResourceInUseException",
}


def settled(**refusals: list[str]) -> list[str]:
    """What was changed in the end."""
    client = Scripted("used", "new", **refusals)
    client.tags = {"arn:used": [{"Key": "team", "Value": "blue"}]}
    tables.settle(client, TABLE)
    return [operation for operation, _ in client.changes if operation != "look"]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.restore.tables.time.sleep", lambda _: None)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("operation", "code"), NOT_YET.items())
def test_a_table_that_is_not_ready_is_asked_again(operation: str, code: str) -> None:
    assert settled(**{operation: [code] * (tables.TRIES - 1)}) == [*NOT_YET]
    with pytest.raises(ClientError, match=code):
        settled(**{operation: [code] * tables.TRIES})


@pytest.mark.parametrize("operation", NOT_YET)
def test_what_is_refused_for_another_reason_is_not_asked_again(operation: str) -> None:
    codes = ["AccessDeniedException"] * 2
    with pytest.raises(ClientError, match="AccessDenied"):
        settled(**{operation: codes})
    assert len(codes) == 1
