"""Tables made of the past of others, and brought to what infra/data.json says of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from tqdm import tqdm

from tools.cloudformation import stack
from tools.data import tables
from tools.refusals import Refusal
from tools.restore import point_in_time
from tools.stages import Stage, table_setting

POLL_SECONDS = 10.0
TRIES = 60  # of a change that a table does not take yet
# It is being changed; it is new, and its backups are being set up.
UNREADY = {"ResourceInUseException", "ContinuousBackupsUnavailableException"}


@dataclass(frozen=True)
class Restored:
    """A table and what is to take its place."""

    name: str  # users
    sources: Sequence[str]  # the table that the stage uses, then the one that infra/data.json names
    target: str
    properties: dict[str, Any]  # what infra/data.json says of it

    @property
    def setting(self) -> str:
        return table_setting(self.name)


def planned(stage: Stage, at: datetime) -> list[Restored]:
    """The tables of infra/data.json, claims among them."""
    plan = []
    protected = stage.parameters.get("DeletionProtection") != "false"
    for properties in tables.described(stage.app, stage.name, protected=protected).values():
        own = properties["TableName"]
        name = own.removeprefix(f"{stage.stack}-")
        sources = list(dict.fromkeys([stage.table(name), own]))
        plan.append(Restored(name, sources, own + point_in_time.suffix(at), properties))
    return plan


def source(client: Any, table: Restored, at: datetime) -> str:
    """The table to restore from: the one in use, or where that is younger, the one before.

    Raises Refusal.
    """
    for each in table.sources:
        if not tables.status(client, each):
            raise Refusal(f"There is no table {each}: make deploy makes it.")
    reasons = [(each, point_in_time.outside(client, each, at)) for each in table.sources]
    for each, reason in reasons:
        if not reason:
            return each
    raise Refusal(reasons[0][1])


def begin(client: Any, table: Restored, source: str, at: datetime) -> None:
    """Have AWS make a table as another was."""
    given = {"BillingModeOverride": table.properties.get("BillingMode")}
    client.restore_table_to_point_in_time(
        SourceTableName=source,
        TargetTableName=table.target,
        RestoreDateTime=at,
        **{name: value for name, value in given.items() if value},
    )


def create(client: Any, table: Restored) -> None:
    """Make an empty table."""
    given = {n: v for n, v in table.properties.items() if n not in tables.ELSEWHERE}
    client.create_table(**given | {"TableName": table.target})


def wait(client: Any, names: Sequence[str]) -> None:
    """Wait until the tables can be used. Raises Refusal for one that is not there."""
    bar: Any = tqdm(total=len(names), desc="restoring", unit=" tables", disable=None)
    with bar:
        for name in names:
            _until_active(client, name, bar.refresh)  # which shows the time
            bar.update()


def settle(client: Any, table: Restored) -> None:
    """Set what a restore does not carry over. What is set already stays."""
    found = client.describe_table(TableName=table.target)["Table"]
    protected = table.properties.get("DeletionProtectionEnabled", False)
    if found.get("DeletionProtectionEnabled", False) != protected:
        change = {"TableName": table.target, "DeletionProtectionEnabled": protected}
        _patiently(client, client.update_table, **change)
        _until_active(client, table.target)  # it is UPDATING, and takes nothing else meanwhile
    _set_expiry(client, table)
    if recovery := table.properties.get("PointInTimeRecoverySpecification"):
        change = {"TableName": table.target, "PointInTimeRecoverySpecification": recovery}
        _patiently(client, client.update_continuous_backups, **change)
    if tags := _tags(client, table):
        _patiently(client, client.tag_resource, ResourceArn=found["TableArn"], Tags=tags)


def _set_expiry(client: Any, table: Restored) -> None:
    wanted = table.properties.get("TimeToLiveSpecification")
    if not wanted or not wanted["Enabled"]:
        return
    answer = client.describe_time_to_live(TableName=table.target)["TimeToLiveDescription"]
    if answer["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
        change = {"TableName": table.target, "TimeToLiveSpecification": wanted}
        _patiently(client, client.update_time_to_live, **change)


def _until_active(client: Any, name: str, look: Callable[[], object] = lambda: None) -> None:
    while (status := tables.status(client, name)) != "ACTIVE":
        if not status:
            raise Refusal(f"AWS did not make {name}: give the same command again.")
        time.sleep(min(POLL_SECONDS, 5 * stack.pause(client)))
        look()


def _patiently(client: Any, operation: Callable[..., object], **request: Any) -> None:
    """Change a table, again and again where it is not ready for that."""
    for attempt in range(TRIES):
        try:
            operation(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] not in UNREADY or attempt == TRIES - 1:
                raise
            time.sleep(5 * stack.pause(client))
        else:
            return


def _tags(client: Any, table: Restored) -> list[dict[str, str]]:
    """Those of infra/data.json, and those of the table that was in use; not CloudFormation's."""
    source = client.describe_table(TableName=table.sources[0])["Table"]
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=source["TableArn"])
    kept = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    kept |= {tag["Key"]: tag["Value"] for tag in table.properties.get("Tags", [])}
    return [{"Key": k, "Value": v} for k, v in kept.items() if not k.startswith("aws:")]
