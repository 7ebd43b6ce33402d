"""Claims on unique values, and idempotency records: rows of the `claims` table.

They live in a table of their own, so that a Scan of a resource meets only its items, and no
cursor or key can reach them. Each is written in the transaction of the item it stands for.
"""

from __future__ import annotations

import time
import unicodedata
from hashlib import sha256
from typing import Any, NamedTuple

from . import settings
from .attributes import Item, encode
from .call import Call
from .dynamodb import Write
from .expressions import Expression

KEPT_SECONDS = 24 * 60 * 60  # how long an idempotency record holds


class Claim(NamedTuple):
    """A write to the claims table that goes with an item's own.

    `member` is what is taken where the write is refused; None where it may then be left out.
    """

    pk: str
    write: Write
    member: str | None = None


def normal(value: object) -> str:
    """A unique value as it is compared: without regard to case or Unicode spelling."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(value)).casefold())


def unique_pk(table: str, member: str, value: object) -> str:
    return f"unique#{table}#{member}#{normal(value)}"


def request_pk(table: str, call: Call) -> str:
    """The key of this caller's Idempotency-Key; hashed, since callers may send anything."""
    digest = sha256(f"{call.caller}\0{call.idempotency_key}".encode()).hexdigest()
    return f"request#{table}#{digest}"


def take(pk: str, owner: str, member: str | None) -> Claim:
    """Claim a unique value; refused where another item holds it."""
    row = {"pk": encode(pk), "owner": encode(owner)}
    return Claim(pk, ("Put", _on(_mine(owner)) | {"Item": row}), member)


def free(pk: str, owner: str) -> Claim:
    """Give a unique value back; refused where another item holds it."""
    return Claim(pk, ("Delete", _on(_mine(owner)) | {"Key": {"pk": encode(pk)}}))


def record(pk: str, owner: str, item: Item, call: Call, expires_at: int) -> Claim:
    """Keep the answer to an Idempotency-Key; refused while an earlier one holds.

    Expiry is part of the condition, since TTL deletes up to days late.
    """
    condition = Expression()
    pk, expiry = condition.name("pk"), condition.name("expires_at")
    present = condition.value(encode(int(time.time())))
    condition.require(f"(attribute_not_exists({pk}) OR {expiry} <= {present})")
    row = {
        "pk": encode(pk),
        "owner": encode(owner),
        "fingerprint": encode(call.fingerprint),
        "expires_at": encode(expires_at),
        "item": {"M": item},
    }
    return Claim(pk, ("Put", _on(condition) | {"Item": row}))


def blank(pk: str, owner: str) -> Claim:
    """Take the item out of a record, so that nothing of a deleted one is kept."""
    update = Expression()
    update.equal("owner", encode(owner))
    update.assign({"item": None})
    return Claim(pk, ("Update", _on(update) | {"Key": {"pk": encode(pk)}}))


def table_name() -> str:
    """The full name of the claims table."""
    return settings.current().table("claims")


def _mine(owner: str) -> Expression:
    condition = Expression()
    pk, holder, me = condition.name("pk"), condition.name("owner"), condition.value(encode(owner))
    condition.require(f"(attribute_not_exists({pk}) OR {holder} = {me})")
    return condition


def _on(expression: Expression) -> dict[str, Any]:
    fixed = {"TableName": table_name(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return fixed | expression.parameters()
