"""`make backfill STAGE=dev [DRY=1] [RATE=items a second] [CREATED_AT=time]`.

It may run while the API does, be stopped, and be given again.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tools import ROOT, aws, connect, localaws, stages
from tools.backfill.checkpoint import LISTED, Tally
from tools.backfill.items import CHANGING, DUPLICATES, UNREADABLE, UNSORTED, Plan
from tools.backfill.run import run
from tools.refusals import Refusal, ended

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REMAIN = (DUPLICATES, UNREADABLE, CHANGING)  # what people must see to, or another run
SAYS = {
    DUPLICATES: "hold one value: the first has its claim; change one, and run this again",
    UNREADABLE: "a value that is missing, or of another type, is shown as null",
    CHANGING: "changed again and again while this ran: run it again",
}


def main() -> None:
    given = _given()
    if given.rate and not re.fullmatch("[1-9][0-9]{0,6}", given.rate):
        raise Refusal(f"RATE={given.rate}: give a whole number of items a second.")
    if given.created_at and not _is_time(given.created_at):
        raise Refusal(
            f"CREATED_AT={given.created_at}: give a time as created_at has it, "
            "such as 2026-11-20T12:00:00.000Z."
        )
    plan = Plan(dry=given.dry, created_at=given.created_at)
    line = enter(given.stage)
    print(line)
    where = "" if given.stage == "local" else line  # the local AWS is on any port
    file = localaws.LOCAL / f"backfill-{given.stage}.json"
    try:
        tally = run(tables(), plan, rate=int(given.rate or 0), file=file, where=where)
    except KeyboardInterrupt:
        goes = "nothing was changed" if plan.dry else "the same command goes on from here"
        raise Refusal(f"Stopped: {goes}.") from None
    print("\n".join(summary(tally, dry=plan.dry)))
    if any(tally.done[kind] for kind in REMAIN):
        sys.exit(1)


def enter(name: str) -> str:
    """Set the environment for a stage's tables; gives a line that says where they are.

    Raises Refusal.
    """
    stage = stages.read(name)
    connect.enter_stage(name)
    logging.getLogger("chalicekit").setLevel(logging.CRITICAL)  # told by a line, or waited for
    if name == "local":
        try:
            return connect.local(os.getpid())
        except localaws.LocalAwsError as error:
            raise Refusal(str(error)) from None
    if os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") and not os.environ.get("AWS_ENDPOINT_URL"):
        return f"Stage {name}: {connect.own_endpoint()}"  # a DynamoDB alone knows no accounts
    account = aws.account(stage)
    return f"Stage {name}: account {account.number}, {account.region}."


def tables() -> Sequence[Any]:
    """The tables that app.py serves. Raises Refusal."""
    sys.path.insert(0, str(ROOT))
    import app  # noqa: F401  what it imports makes the tables
    from chalicekit.table import TABLES

    return [table for table in TABLES if table.model.__module__.startswith("chalicelib.")]


def summary(tally: Tally, *, dry: bool) -> list[str]:
    """What was done, or would be, and what remains: ids, and no values."""
    lines = [f"{count:>9,}  {kind}" for kind, count in sorted(tally.done.items())]
    for kind, found in tally.found.items():
        lines += ["", f"{kind}: {SAYS[kind]}.", *(f"  {line}" for line in found)]
        if (more := tally.done[kind] - len(found)) > 0:
            lines.append(f"  and {more:,} more: only {LISTED} are listed.")
    if any(UNSORTED in kind for kind in tally.done):
        lines += ["", f"Sorted lists leave out what is {UNSORTED}: CREATED_AT= gives a created_at."]
    return [*lines, "Nothing was changed (DRY=1)."] if dry else lines


def _is_time(text: str) -> bool:
    """Whether `created_at` may hold it: texts of this form alone sort as times do."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return TIME.fullmatch(text) is not None


def _given(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make backfill", description=__doc__)
    parser.add_argument("--stage", default="local")
    parser.add_argument("--dry", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument("--rate", default="", help="items a second at most")
    parser.add_argument("--created-at", default=None, help="for items that have none")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    ended(main)
