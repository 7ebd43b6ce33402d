"""Secondary indexes that are being built are waited for: CloudFormation does not.

It begins an index and calls the update done. "You can't use the index or update the table until the
index's status is ACTIVE", says AWS of AWS::DynamoDB::Table; on a large table that takes hours.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from tools.cloudformation import stack
from tools.cloudformation.stack import Clients
from tools.data import tables
from tools.lines import Show
from tools.refusals import Refusal

LOOK_SECONDS = 10.0
RECENT = timedelta(minutes=10)  # CloudWatch has a value a minute, some minutes late


class Index(NamedTuple):
    """An index that cannot be used yet."""

    table: str
    name: str
    status: str  # CREATING, UPDATING, DELETING


def wait(clients: Clients, names: Iterable[str], show: Show | None = None) -> None:
    """Wait until every index of these tables is ACTIVE, however long; not for a table not there.

    Raises Refusal at Ctrl-C.
    """
    dynamodb, wanted = clients("dynamodb"), [*names]
    told: dict[tuple[str, str], str] = {}
    try:
        while unready := [*_unready(dynamodb, wanted)]:
            if show:
                _tell(clients, unready, told, show)
            time.sleep(min(LOOK_SECONDS, 5 * stack.pause(dynamodb)))
    except KeyboardInterrupt:
        raise Refusal(
            "Stopped, and DynamoDB goes on with the index: the same command goes on waiting for it."
        ) from None
    if show and told:
        show(f"{_now()}  every index is ACTIVE")


def _unready(dynamodb: Any, names: Iterable[str]) -> Iterator[Index]:
    for table in names:
        for index in tables.found(dynamodb, table).get("GlobalSecondaryIndexes", []):
            if (status := index.get("IndexStatus", "ACTIVE")) != "ACTIVE":
                yield Index(table, index["IndexName"], status)


def _tell(
    clients: Clients, unready: Iterable[Index], told: dict[tuple[str, str], str], show: Show
) -> None:
    """Show what has changed since it was told."""
    for index in unready:
        parts = [index.table, f"index {index.name}", index.status, _progress(clients, index)]
        line = "  ".join(part for part in parts if part)
        if told.get(index[:2]) != line:
            told[index[:2]] = line
            show(f"{_now()}  {line}")


def _progress(clients: Clients, index: Index) -> str:
    """How much of the table is in the index, such as "42 %"; "" where nobody says."""
    now = datetime.now(UTC)
    dimensions = {"TableName": index.table, "GlobalSecondaryIndexName": index.name}
    try:
        answer = clients("cloudwatch").get_metric_statistics(
            Namespace="AWS/DynamoDB",
            MetricName="OnlineIndexPercentageProgress",
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - RECENT,
            EndTime=now,
            Period=60,
            Statistics=["Maximum"],
        )
    except (ClientError, BotoCoreError):
        return ""  # it is only told: who may deploy need not be allowed to read metrics
    points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    return f"{points[-1]['Maximum']:.0f} %" if points else ""


def _now() -> str:
    return datetime.now().astimezone().strftime("%H:%M:%S")
