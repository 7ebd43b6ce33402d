"""What a failure of DynamoDB means: refused, lost, to be tried again, or not to be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from . import log
from .attributes import Item
from .problems import Unavailable

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
NOT_SENT = (EndpointConnectionError, ConnectTimeoutError)


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


class Again(Exception):
    """A failure that may pass; `lost` says that the request may have been carried out."""

    def __init__(self, refusal: Unavailable, *, lost: bool = False) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.lost = lost


class Denied(Unavailable):
    """AWS refuses us whatever we send, for a reason such as `AccessDeniedException`."""

    def __init__(self, reason: str) -> None:
        super().__init__("unavailable", "The API cannot reach its data; the owner must look.")
        self.reason = reason


def meaning(error: Exception) -> Exception:
    """The exception to raise for a request that failed, in place of botocore's."""
    if isinstance(error, ClientError):
        return _answered(error)
    reason = type(error).__name__
    if isinstance(error, NoCredentialsError | NoRegionError | PartialCredentialsError):
        return _refused_us(reason)
    # Not connected: it was not sent. Else it was, and there is no answer that can be read.
    return Again(away(reason), lost=not isinstance(error, NOT_SENT))


def busy() -> Unavailable:
    return Unavailable("throttled", "DynamoDB is busy; try again shortly.")


def away(reason: str) -> Unavailable:
    log.warning("dynamodb_away", reason=reason)
    return Unavailable("unavailable", "DynamoDB does not answer; try again shortly.")


def _answered(error: ClientError) -> Exception:
    answer: Any = error.response
    code, status = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
    if code == "ConditionalCheckFailedException":
        return Refused([answer.get("Item", {})])
    if code == "TransactionCanceledException":
        return _cancelled(error, answer.get("CancellationReasons", []))
    if code in BUSY:
        return Again(busy())
    if code in CONTENTION:
        return Again(busy(), lost=code == "TransactionInProgressException")
    if code in REFUSED_US:
        return _refused_us(code)
    if status >= 500:
        return Again(away(code), lost=True)
    return error


def _cancelled(error: ClientError, reasons: Sequence[Mapping[str, Any]]) -> Exception:
    codes = {reason.get("Code", "None") for reason in reasons}
    # First what passes: behind a conflict, the conditions that decide have not been seen yet.
    if codes & (BUSY | CONTENTION):
        return Again(busy())
    if codes - {"None"} == {"ConditionalCheckFailed"}:
        failed = (reason.get("Code") == "ConditionalCheckFailed" for reason in reasons)
        stood = zip(reasons, failed, strict=True)
        return Refused([reason.get("Item", {}) if no else None for reason, no in stood])
    return error


def _refused_us(reason: str) -> Unavailable:
    hint = "check region, credentials, grants and table names"
    log.error("dynamodb_refused", reason=reason, hint=hint)
    return Denied(reason)
