"""The time to go back to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tools.refusals import Refusal

EXAMPLE = "2026-11-20T12:00:00Z"


def read(text: str) -> datetime:
    """A time in UTC, to the second. Raises Refusal."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(f"AT={text}: give a time in UTC, such as AT={EXAMPLE}.") from None
    if time.tzinfo is None:
        raise Refusal(f"AT={text} has no zone: give UTC, such as AT={EXAMPLE}.")
    utc = time.astimezone(UTC)
    if utc.microsecond:
        raise Refusal(f"AT={text}: a table goes back to a whole second.")
    if not text.endswith("Z"):
        raise Refusal(f"AT={text} is not written in UTC: that is AT={write(utc)}.")
    if utc > (now := datetime.now(UTC)):
        raise Refusal(f"AT={text} has not come yet: it is {write(now)}.")
    return utc


def write(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def suffix(time: datetime) -> str:
    """What the name of a table of this time ends with."""
    return time.strftime("-%Y%m%dt%H%M%S")


def outside(client: Any, table: str, time: datetime) -> str:
    """Why a table cannot go back to this time; "" where it can."""
    answer = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    window = answer.get("PointInTimeRecoveryDescription", {})
    if window.get("PointInTimeRecoveryStatus") != "ENABLED":
        return f"{table} keeps no past: point-in-time recovery is off."
    first, last = window["EarliestRestorableDateTime"], window["LatestRestorableDateTime"]
    if first.microsecond:  # the first whole second, since it is what can be asked for
        first = first.replace(microsecond=0) + timedelta(seconds=1)
    if time < first:
        return f"AT={write(time)} is too early: {table} goes back to {write(first)}."
    if time > last:
        return f"AT={write(time)} is too late: {table} can be had as of {write(last)} by now."
    return ""
