"""`make backfill STAGE=dev [DRY=1] [RATE=items a second] [CREATED_AT=time] [OWNER=subject]`.

It may run while the API does, be stopped, and be given again.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import datetime

from tools import kit
from tools.backfill.environment import enter
from tools.backfill.items import Plan
from tools.backfill.report import remaining, summary
from tools.backfill.run import run
from tools.local import localaws
from tools.refusals import Refusal, ended

LONGEST_SUBJECT = 255  # OpenID Connect Core, section 2
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def main() -> None:
    given = _given()
    _check(given)
    plan = Plan(dry=given.dry, created_at=given.created_at, owner=given.owner or "")
    line = enter(given.stage)
    tables = kit.tables()
    if plan.owner and not any(table.owned for table in tables):
        raise Refusal(
            "OWNER is for tables that are owned (owned=True), and there is none: go on without it."
        )
    print(line)
    where = "" if given.stage == "local" else line  # the local AWS is on any port
    file = localaws.LOCAL / f"backfill-{given.stage}.json"
    try:
        tally = run(tables, plan, rate=int(given.rate or 0), file=file, where=where)
    except KeyboardInterrupt:
        goes = "nothing was changed" if plan.dry else "the same command goes on from here"
        raise Refusal(f"Stopped: {goes}.") from None
    print("\n".join(summary(tally, dry=plan.dry)))
    if remaining(tally):
        sys.exit(1)


def _check(given: argparse.Namespace) -> None:
    """Raises Refusal where something was given that cannot be meant."""
    if given.rate and not re.fullmatch("[1-9][0-9]{0,6}", given.rate):
        raise Refusal(f"RATE={given.rate}: give a whole number of items a second.")
    if given.created_at and not _is_time(given.created_at):
        raise Refusal(
            f"CREATED_AT={given.created_at}: give a time as created_at has it, "
            "such as 2026-11-20T12:00:00.000Z."
        )
    if given.owner is not None and not 0 < len(given.owner) <= LONGEST_SUBJECT:
        raise Refusal(
            f"OWNER={given.owner}: give the subject of a token, 1 to {LONGEST_SUBJECT} characters."
        )


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
    parser.add_argument("--owner", default=None, help="who gets what is nobody's")
    parser.add_argument("--created-at", default=None, help="for items that have none")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    ended(main)
