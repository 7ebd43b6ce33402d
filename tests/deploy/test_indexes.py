"""Indexes that are being built are waited for, also where CloudFormation does not."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.deploy.formation import Ending, Event, Formation
from tools import stages
from tools.data import indexes, table_import
from tools.data import stack as data
from tools.refusals import Refusal

DEV = stages.read("dev")
NAME = f"{DEV.stack}-users"
Statuses = dict[str, str]  # of indexes, by their names


class Tables:
    """A DynamoDB whose tables have the next of these indexes each time it is looked at."""

    meta = SimpleNamespace(endpoint_url="http://127.0.0.1:1")  # so that nothing waits for long

    def __init__(self, *looks: Statuses) -> None:
        self.looks = [*looks]

    def describe_table(self, **_: str) -> dict[str, Any]:
        looked = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        described = [{"IndexName": k, "IndexStatus": v} for k, v in looked.items()]
        return {"Table": {"TableStatus": "ACTIVE", "GlobalSecondaryIndexes": described}}


class Metrics:
    """A CloudWatch that answers with the next of these numbers; nothing for none."""

    def __init__(self, *numbers: float | None) -> None:
        self.numbers = iter(numbers)
        self.asked: list[dict[str, Any]] = []

    def get_metric_statistics(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        number = next(self.numbers)
        points = [(12, number), (11, 1.0)] if number is not None else []
        times = [(datetime(2026, 11, 20, hour, tzinfo=UTC), value) for hour, value in points]
        return {"Datapoints": [{"Timestamp": at, "Maximum": value} for at, value in times]}


class Forbidden:
    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetMetricStatistics")


def waited(dynamodb: Tables, cloudwatch: Any = None) -> list[str]:
    """What is shown, without the time."""
    shown: list[str] = []
    clients = {"dynamodb": dynamodb, "cloudwatch": cloudwatch}.__getitem__
    indexes.wait(clients, [NAME], shown.append)
    assert all(line[8:10] == "  " for line in shown)
    return [line[10:] for line in shown]


BUILDING, READY = {"old": "ACTIVE", "price": "CREATING"}, {"old": "ACTIVE", "price": "ACTIVE"}


def test_nothing_is_shown_or_waited_for_where_all_are_active() -> None:
    assert waited(Tables(READY)) == []
    assert waited(Tables({})) == []


def test_what_changes_is_shown_until_all_are_active() -> None:
    dynamodb = Tables(BUILDING, BUILDING, BUILDING, BUILDING, READY)
    metrics = Metrics(None, 7, 7, 42.4)
    price = f"{NAME}  index price  CREATING"
    assert waited(dynamodb, metrics) == [
        price,
        f"{price}  7 %",
        f"{price}  42 %",
        "every index is ACTIVE",
    ]
    assert metrics.asked[0]["Dimensions"] == [
        {"Name": "TableName", "Value": NAME},
        {"Name": "GlobalSecondaryIndexName", "Value": "price"},
    ]


def test_one_that_is_being_deleted_is_waited_for_too() -> None:
    shown = waited(Tables({"price": "DELETING"}, {}), Metrics(None))
    assert shown == [f"{NAME}  index price  DELETING", "every index is ACTIVE"]


def test_who_may_not_read_metrics_is_told_less() -> None:
    shown = waited(Tables(BUILDING, READY), Forbidden())
    assert shown == [f"{NAME}  index price  CREATING", "every index is ACTIVE"]


def test_ctrl_c_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tools.data.indexes.time.sleep", ended)
    with pytest.raises(Refusal, match=r"^Stopped, .*: the same command goes on waiting for it\.$"):
        waited(Tables(BUILDING), Metrics(1))


class Looked:
    """A DynamoDB whose users have an index; notes its status at each look."""

    meta = Tables.meta

    def __init__(self, *statuses: str) -> None:
        self.statuses = [*statuses]
        self.happened: list[str] = []

    def describe_table(self, **request: str) -> dict[str, Any]:
        if request["TableName"] != NAME:
            return {"Table": {"TableStatus": "ACTIVE"}}
        self.happened.append(status := self.statuses.pop(0))
        return Tables({"price": status}).describe_table()


def applied(monkeypatch: pytest.MonkeyPatch, dynamodb: Looked, update: Ending) -> bool:
    """What applying the data stack gives; what is done to it is noted with the looks."""

    def imported(*_: Any) -> bool:
        dynamodb.happened.append("import")
        return False

    formation = Formation("CREATE_COMPLETE", update_stack=update)
    updated = formation.update_stack

    def update_stack(**request: Any) -> dict[str, Any]:
        dynamodb.happened.append("update")
        return updated(**request)

    monkeypatch.setattr(table_import, "bring_in", imported)
    monkeypatch.setattr(formation, "update_stack", update_stack, raising=False)
    return data.apply(formation.clients(dynamodb=dynamodb), DEV)


@pytest.mark.users
def test_the_data_stack_is_done_when_its_indexes_are(monkeypatch: pytest.MonkeyPatch) -> None:
    dynamodb = Looked("CREATING", "ACTIVE", "CREATING", "CREATING", "ACTIVE")
    assert applied(monkeypatch, dynamodb, ("UPDATE_COMPLETE", []))
    before = ["CREATING", "ACTIVE"]  # a table takes no update while an index is being built
    after = ["CREATING", "CREATING", "ACTIVE"]
    assert dynamodb.happened == [*before, "import", "update", *after]


@pytest.mark.users
def test_indexes_are_waited_for_where_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the command before was ended while it waited."""
    dynamodb = Looked("ACTIVE", "CREATING", "ACTIVE")
    unchanged = ("!No updates are to be performed.", list[Event]())
    assert not applied(monkeypatch, dynamodb, unchanged)
    assert dynamodb.happened == ["ACTIVE", "import", "update", "CREATING", "ACTIVE"]


@pytest.mark.users
def test_an_import_alone_is_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    formation = Formation("CREATE_COMPLETE", update_stack=("!No updates are to be performed.", []))
    monkeypatch.setattr(table_import, "bring_in", lambda *_: True)
    assert data.apply(formation.clients(dynamodb=Looked("ACTIVE", "ACTIVE")), DEV)
