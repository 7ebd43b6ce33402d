"""All items of all tables mended, then all claims, in segments that go on where a run ended."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from tqdm import tqdm

from chalicekit import claims, dynamodb, settings
from chalicekit.attributes import Item
from chalicekit.expressions import Expression
from chalicekit.table import Table
from tools.backfill import scan
from tools.backfill.checkpoint import Checkpoint, Tally
from tools.backfill.claims import PREFIX, Freer
from tools.backfill.items import Mender, Plan
from tools.data.tables import CLAIMS
from tools.lines import Show
from tools.refusals import Refusal

AT_ONCE = 16  # segments; a mend is one transaction, and waits for one answer


class Step(NamedTuple):
    """A table to go over: with what its pages are read and mended."""

    name: str
    request: dict[str, Any]
    mending: Callable[[Tally], Callable[[Sequence[Item]], None]]


def run(
    tables: Sequence[Table[Any]],
    plan: Plan,
    *,
    rate: int = 0,
    file: Path | None = None,
    where: str = "",
    show: Show = print,
) -> Tally:
    """Mend the tables of the stage in the environment; gives what was done and found.

    `rate` is in items a second, 0 for no bound. `file` keeps a checkpoint, for the run after one
    that was ended; of another `where` it is not taken. Raises Refusal.
    """
    checkpoint = Checkpoint(None if plan.dry else file, _fingerprint(tables, plan, where))
    if checkpoint.resumed:
        show("Going on where the last run ended.")
    pace = scan.Pace(rate)
    for step in [_step(table, plan) for table in tables] + [_last(tables, plan)]:
        _mend(step, checkpoint, pace)
    checkpoint.end()
    return checkpoint.tally


def _step(table: Table[Any], plan: Plan) -> Step:
    request = {"TableName": settings.current().table(table.name)}
    return Step(table.name, request, lambda tally: Mender(table, plan, tally).mend)


def _last(tables: Sequence[Table[Any]], plan: Plan) -> Step:
    ours = Expression()
    prefix, name = ours.value({"S": PREFIX}), ours.name("pk")
    request = {
        "TableName": claims.table_name(),
        "FilterExpression": f"begins_with({name}, {prefix})",
    }
    request |= ours.parameters()
    return Step(CLAIMS, request, lambda tally: Freer(tables, plan, tally).mend)


def _mend(step: Step, checkpoint: Checkpoint, pace: scan.Pace) -> None:
    size = _size(step.request["TableName"])
    bar: Any = tqdm(desc=step.name, unit=" items", total=size, disable=None)
    bar.update(checkpoint.tally.done[f"{step.name} read"])
    stopped = threading.Event()
    with bar, ThreadPoolExecutor(AT_ONCE) as pool:
        work = [
            pool.submit(_segment, step, segment, checkpoint, pace, bar, stopped)
            for segment in checkpoint.left(step.name)
        ]
        try:
            for each in work:
                each.result()
        finally:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _segment(
    step: Step,
    segment: int,
    checkpoint: Checkpoint,
    pace: scan.Pace,
    bar: Any,
    stopped: threading.Event,
) -> None:
    tally = Tally()
    mend = step.mending(tally)
    for page in scan.pages(segment, pace, **step.request):
        if stopped.is_set():
            return
        mend(page)
        tally.did(f"{step.name} read", len(page))
        bar.update(len(page))
    checkpoint.passed(step.name, segment, tally)


def _size(table: str) -> int | None:
    """About how many items it has, None where DynamoDB does not know yet. Raises Refusal."""
    try:
        described = dynamodb.client().describe_table(TableName=table)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise Refusal(f"There is no table {table}: make deploy makes it.") from None
    return described.get("ItemCount") or None


def _fingerprint(tables: Sequence[Table[Any]], plan: Plan, where: str) -> str:
    """What makes a run the same as the one before: else what that one did is to be done again."""
    parts = [where, claims.table_name(), repr(plan.created_at), plan.owner]
    for table in tables:
        fields = json.dumps(table.model.model_json_schema(), sort_keys=True)
        indexes = repr((table.lists.indexes, table.owned))
        parts += [settings.current().table(table.name), fields, repr(table.unique), indexes]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
