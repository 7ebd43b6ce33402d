"""Requests to DynamoDB: one client, bounded retries, and what a failure means.

The SDK's own retries are off: it repeats a write whose answer was lost without telling, and
the second try then fails its own condition. Here that is remembered (`Call.uncertain`).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from botocore.session import get_session

from . import log
from .attributes import Item
from .call import Call
from .problems import Unavailable

ATTEMPTS = 5
CONNECT_SECONDS = 1
READ_SECONDS = 2
BUSY = {
    "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceeded",
    "ThrottlingException",
    "ThrottlingError",
    "RequestLimitExceeded",
}
CONTENTION = {
    "TransactionConflictException",
    "TransactionConflict",
    "TransactionInProgressException",
}
REFUSED_US = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
}

Write = tuple[str, dict[str, Any]]  # "Put", "Update" or "Delete", and its parameters


class Refused(Exception):
    """Conditions of a write did not hold, so nothing was written.

    `items` has one place for each write: None where its condition held, else the item that
    stands in the way, `{}` where there is none.
    """

    def __init__(self, items: Sequence[Item | None]) -> None:
        super().__init__("condition failed")
        self.items = items


class Lost(Exception):
    """A write was sent, and whether it was carried out is not known."""


class _Again(Exception):
    """A failure that may pass; `lost` says that the request may have been carried out."""

    def __init__(self, refusal: Unavailable, *, lost: bool = False) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.lost = lost


@cache
def client() -> Any:
    """The DynamoDB client of this process; the standard AWS variables set it up."""
    made = get_session().create_client(
        "dynamodb",
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1},
            max_pool_connections=50,
        ),
    )
    made.meta.events.register("before-parse.dynamodb", _whole)
    return made


def reset() -> None:
    """Drop the client: the next request makes one from the environment as it then is."""
    client.cache_clear()


def read(call: Call, operation: str, **parameters: Any) -> dict[str, Any]:
    """Send a request that changes nothing, such as `get_item`."""
    return _repeat(call, operation, parameters, writes=False)


def write(call: Call, writes: Sequence[Write], *, twice: bool = True) -> dict[str, Any]:
    """Carry out writes, all or none: one as itself, several as a transaction.

    `twice` says that a second try cannot undo what others wrote since the first. Raises Refused
    where a condition does not hold, and Lost where the answer is lost and it is not `twice`.
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
            raise _busy()
        if wanted:
            call.pause(attempt, _busy())


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
                raise _away("slow")
            return _send(call, operation, parameters)
        except _Again as again:
            call.uncertain |= again.lost and writes
            if again.lost and not twice:
                raise Lost from None
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
    except ClientError as error:
        raise _meaning(error) from None
    except (NoCredentialsError, NoRegionError, PartialCredentialsError) as error:
        raise _refused_us(type(error).__name__) from None
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        raise _Again(_away(type(error).__name__)) from None
    except (HTTPClientError, BotoCoreError) as error:
        # Sent, and no answer, or one that cannot be read: it may have been done.
        raise _Again(_away(type(error).__name__), lost=True) from None
    finally:
        call.seconds += time.perf_counter() - begun
    call.capacity += _capacity(answer.get("ConsumedCapacity"))
    return answer


def _whole(response_dict: dict[str, Any], **_: Any) -> None:
    """Refuse an answer that is cut or not DynamoDB's: botocore would read it as an empty one."""
    body, announced = response_dict["body"], response_dict["headers"].get("Content-Length")
    cut = announced is not None and int(announced) != len(body)
    if cut or not (body.startswith(b"{") and body.endswith(b"}")):
        raise HTTPClientError(error="not an answer of DynamoDB")


def _meaning(error: ClientError) -> Exception:
    """What an error answer of DynamoDB means for the call."""
    answer: Any = error.response
    code, status = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
    if code == "ConditionalCheckFailedException":
        return Refused([answer.get("Item", {})])
    if code == "TransactionCanceledException":
        return _cancelled(error, answer.get("CancellationReasons", []))
    if code in BUSY:
        return _Again(_busy())
    if code in CONTENTION:
        return _Again(_busy(), lost=code == "TransactionInProgressException")
    if code in REFUSED_US:
        return _refused_us(code)
    if status >= 500:
        return _Again(_away(code), lost=True)
    return error


def _cancelled(error: ClientError, reasons: Sequence[Mapping[str, Any]]) -> Exception:
    codes = {reason.get("Code", "None") for reason in reasons}
    # First what passes: behind a conflict, the conditions that decide have not been seen yet.
    if codes & (BUSY | CONTENTION):
        return _Again(_busy())
    if codes - {"None"} == {"ConditionalCheckFailed"}:
        failed = (reason.get("Code") == "ConditionalCheckFailed" for reason in reasons)
        return Refused(
            [
                reason.get("Item", {}) if no else None
                for reason, no in zip(reasons, failed, strict=True)
            ]
        )
    return error


def _busy() -> Unavailable:
    return Unavailable("throttled", "DynamoDB is busy; try again shortly.")


def _away(reason: str) -> Unavailable:
    log.warning("dynamodb_away", reason=reason)
    return Unavailable("unavailable", "DynamoDB does not answer; try again shortly.")


def _refused_us(reason: str) -> Unavailable:
    hint = "check region, credentials, grants and table names"
    log.error("dynamodb_refused", reason=reason, hint=hint)
    return Unavailable("unavailable", "The API cannot reach its data; the owner must look.")


def _capacity(consumed: Any) -> float:
    tables = consumed if isinstance(consumed, list) else [consumed or {}]
    return float(sum(table.get("CapacityUnits", 0.0) for table in tables))
