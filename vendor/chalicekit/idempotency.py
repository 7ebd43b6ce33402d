"""Idempotency records: the first answer to an Idempotency-Key, kept for a day.

A record is a row of the `claims` table, written in the transaction of the item it stands for,
so that a crash between the two cannot happen.
"""

from __future__ import annotations

import time
from decimal import Decimal
from hashlib import sha256

from .attributes import Item, decode, encode
from .call import Call
from .claims import Row, on_claims
from .expressions import Expression
from .problems import Problem

KEPT_SECONDS = 24 * 60 * 60
LINGERS_SECONDS = 3 * KEPT_SECONDS  # how late TTL may delete a record that has expired
REQUEST = "_request"  # the member of an item that says which record made it, and how long it holds


def begun(table: str, item: Item, key: str, call: Call) -> tuple[Item, Row]:
    """The item with the key of its record, and the record: refused while an earlier one holds.

    Expiry is part of the condition, since TTL deletes up to days late.
    """
    # Callers may send anything as their key: a hash bounds it, and keeps callers apart.
    digest = sha256(f"{call.caller}\0{call.idempotency_key}".encode()).hexdigest()
    present = int(time.time())
    pk, expires_at = f"request#{table}#{digest}", present + KEPT_SECONDS
    item = item | {REQUEST: encode({"pk": pk, "expires_at": expires_at})}
    condition = Expression()
    name, expiry = condition.name("pk"), condition.name("expires_at")
    now = condition.value(encode(present))
    condition.require(f"(attribute_not_exists({name}) OR {expiry} <= {now})")
    row = {
        "pk": encode(pk),
        "owner": encode(key),
        "fingerprint": encode(call.fingerprint),
        "expires_at": encode(expires_at),
        "item": {"M": item},
    }
    return item, Row(pk, ("Put", on_claims(condition) | {"Item": row}))


def kept(record: Item) -> Item:
    """The item that a record keeps; empty where it was deleted since."""
    item: Item = record.get("item", {}).get("M", {})
    return item


def replay(record: Item, call: Call) -> Item:
    """The item of the first answer. Raises Problem where there is none for this call."""
    if record["fingerprint"]["S"] != call.fingerprint:
        raise Problem("idempotency_key_reused", "This Idempotency-Key came with another body.")
    if not kept(record):
        raise Problem("idempotency_key_spent", "What this key created has been deleted since.")
    call.replayed = True
    return kept(record)


def blanked(old: Item, key: str) -> list[Row]:
    """Take a deleted item out of its record, so that nothing of it is kept."""
    request = decode(old[REQUEST]) if REQUEST in old else None
    match request:  # as `begun` wrote it; anything else is somebody's own
        case {"pk": str(pk), "expires_at": Decimal() as expires_at}:
            if expires_at + LINGERS_SECONDS <= time.time():
                return []
            update = Expression()
            update.equal("owner", encode(key))
            update.assign({"item": None})
            return [Row(pk, ("Update", on_claims(update) | {"Key": {"pk": encode(pk)}}))]
    return []
