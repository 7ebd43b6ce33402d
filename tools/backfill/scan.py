"""A table read in segments, at a bounded pace, with patience for a DynamoDB that is busy."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from chalicekit import dynamodb
from chalicekit.attributes import Item
from chalicekit.call import Call
from chalicekit.failures import Denied
from chalicekit.problems import Unavailable
from tools.backfill import checkpoint
from tools.refusals import Refusal

T = TypeVar("T")
PAGE = 100  # items: as many claims as one BatchGetItem takes
TRIES = 10  # each with the kit's own five
LONGEST_PAUSE = 20.0  # seconds
PATIENCE = 60.0  # seconds: a call of the API has 6


class Pace:
    """At most `rate` items a second, over all threads; as fast as it goes where that is 0."""

    def __init__(self, rate: int) -> None:
        self.page = min(PAGE, rate) or PAGE
        self._rate = rate
        self._lock = threading.Lock()
        self._next = time.monotonic()

    def wait(self, items: int) -> None:
        """Wait until so many items may be read."""
        if not self._rate:
            return
        with self._lock:
            at = max(self._next, time.monotonic())
            self._next = at + items / self._rate
        time.sleep(max(0.0, at - time.monotonic()))


def patiently(act: Callable[[Call], T]) -> T:
    """Do it, again and again where DynamoDB is busy or away. Raises Refusal."""
    for attempt in range(TRIES):
        try:
            return act(Call(deadline=time.monotonic() + PATIENCE))
        except Denied as denied:
            raise Refusal(
                f"DynamoDB refuses these credentials ({denied.reason}): they need to Scan, "
                "BatchGetItem, PutItem, UpdateItem, DeleteItem and ConditionCheckItem. "
                "Then the same command goes on."
            ) from None
        except Unavailable as problem:
            if attempt == TRIES - 1:
                raise Refusal(
                    f"DynamoDB does not let it go on ({problem.code}): give the same command "
                    "again later, with RATE=100 where others need the table."
                ) from None
            pause(attempt)
    raise AssertionError("unreachable: the last attempt returns or raises")


def pause(attempt: int) -> None:
    """Wait a random part of a doubling pause."""
    time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.1 * 2**attempt)))


def pages(segment: int, pace: Pace, **request: Any) -> Iterator[list[Item]]:
    """The items of one segment of a table. `request` is that of a Scan."""
    request |= {"Segment": segment, "TotalSegments": checkpoint.SEGMENTS, "Limit": pace.page}
    while True:
        answer = patiently(lambda call: dynamodb.read(call, "scan", **request))
        pace.wait(len(answer["Items"]))
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def fetched(table: str, member: str, keys: list[str]) -> dict[str, Item]:
    """The items with these keys, read consistently; those that are missing are left out."""
    found: dict[str, Item] = {}
    unique = list(dict.fromkeys(key for key in keys if key))
    for start in range(0, len(unique), PAGE):
        wanted = [{member: {"S": key}} for key in unique[start : start + PAGE]]
        items = patiently(partial(_batch, table, wanted))
        found |= {item[member]["S"]: item for item in items}
    return found


def _batch(table: str, keys: list[Item], call: Call) -> list[Item]:
    return list(dynamodb.batch_get(call, table, keys))
