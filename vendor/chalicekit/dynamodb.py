"""Requests to DynamoDB: one client, and bounded retries.

The SDK's own retries are off: it repeats a write whose answer was lost without telling, and
the second try then fails its own condition. Here that is remembered (`Call.uncertain`).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from . import failures, sdk
from .attributes import Item
from .call import Call
from .problems import Unavailable

ATTEMPTS = 5
Write = tuple[str, dict[str, Any]]  # "Put", "Update" or "Delete", and its parameters


@cache
def client() -> Any:
    """The DynamoDB client of this process."""
    return sdk.client()


def reset() -> None:
    """Drop the client: the next request makes one from the environment as it then is."""
    client.cache_clear()


def read(call: Call, operation: str, **parameters: Any) -> dict[str, Any]:
    """Send a request that changes nothing, such as `get_item`."""
    return _repeat(call, operation, parameters, writes=False)


def write(call: Call, writes: Sequence[Write], *, twice: bool = True) -> dict[str, Any]:
    """Carry out writes, all or none: one as itself, several as a transaction.

    `twice` says that it may be sent again as it is: done once, or overtaken by others, its own
    condition fails. Raises Refused where a condition does not hold, and Lost where the answer is
    lost and it is not `twice`.
    """
    if len(writes) == 1:
        kind, parameters = writes[0]
        return _repeat(call, f"{kind.lower()}_item", parameters, writes=True, twice=twice)
    items = [{kind: parameters} for kind, parameters in writes]
    # The same token for every try: DynamoDB then answers a repeated one as done.
    parameters = {"TransactItems": items, "ClientRequestToken": str(uuid.uuid4())}
    return _repeat(call, "transact_write_items", parameters, writes=True)


def batch_get(call: Call, table: str, keys: Sequence[Item]) -> Iterator[Item]:
    """The items with these keys (100 at most), in no order; those that are missing are left out."""
    wanted: dict[str, Any] = {table: {"Keys": list(keys), "ConsistentRead": True}}
    attempt = 0
    while wanted:
        answer = read(call, "batch_get_item", RequestItems=wanted)
        found = answer["Responses"].get(table, ())
        yield from found
        wanted = answer.get("UnprocessedKeys") or {}
        attempt = 0 if found else attempt + 1
        if wanted and attempt == ATTEMPTS:
            raise failures.busy()
        if wanted:
            call.pause(attempt, failures.busy())


def _repeat(
    call: Call,
    operation: str,
    parameters: Mapping[str, Any],
    *,
    writes: bool,
    twice: bool = True,
) -> dict[str, Any]:
    for attempt in range(ATTEMPTS):
        try:
            if time.monotonic() > call.deadline:
                raise failures.away("slow")
            return _send(call, operation, parameters)
        except failures.Again as again:
            call.uncertain |= again.lost and writes
            if again.lost and not twice:
                raise failures.Lost from None
            refusal = call.outcome_unknown() if call.uncertain else again.refusal
            if attempt == ATTEMPTS - 1:
                raise refusal from None
            call.pause(attempt, refusal)
        except Unavailable as refusal:
            raise (call.outcome_unknown() if call.uncertain else refusal) from None
    raise AssertionError("unreachable: the last attempt returns or raises")


def _send(call: Call, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    begun = time.perf_counter()
    call.requests += 1
    try:
        answer: dict[str, Any] = getattr(client(), operation)(
            **parameters, ReturnConsumedCapacity="TOTAL"
        )
    except (BotoCoreError, ClientError) as error:
        raise failures.meaning(error) from None
    finally:
        call.seconds += time.perf_counter() - begun
    call.capacity += _capacity(answer.get("ConsumedCapacity"))
    return answer


def _capacity(consumed: Any) -> float:
    tables = consumed if isinstance(consumed, list) else [consumed or {}]
    return float(sum(table.get("CapacityUnits", 0.0) for table in tables))
