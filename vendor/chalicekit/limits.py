"""How often a caller may call: a token bucket for each, in DynamoDB, exact for all environments.

A bucket is one number in the claims table: when it will be full again (the generic cell rate
algorithm, ITU-T I.371). A request moves it on by its cost, on condition that this is no more than
a minute ahead; that is one write, whose condition keeps the count under any concurrency.
Only a stage with RATE_LIMIT imports this.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from hashlib import sha256
from ipaddress import IPv4Address, ip_address, ip_network
from itertools import count

from . import dynamodb
from .attributes import Item, encode
from .call import ANONYMOUS, Call
from .claims import on_claims
from .expressions import Expression
from .failures import Refused, busy
from .problems import Problem, Unavailable

WINDOW = 60_000_000  # microseconds: the limit is one of requests a minute
LINGERS = 60 * 60  # seconds after which a full bucket may be deleted
REMEMBERED = 1000  # callers

_full_at: OrderedDict[str, int] = OrderedDict()  # microseconds; as last seen, callers by their key


class _Spent(Exception):
    """There is no room in a bucket that is full again at `full_at`."""

    def __init__(self, full_at: int) -> None:
        super().__init__("spent")
        self.full_at = full_at


def take(call: Call, limit: int) -> None:
    """Take one of `limit` requests a minute. Raises Problem `too_many_requests`, Unavailable."""
    key, cost, now = _key(call), WINDOW // limit, time.time_ns() // 1000
    try:
        full_at = _taken(call, key, now, cost)
    except _Spent as spent:
        _remember(key, spent.full_at)
        _tell(call, limit, left=0, behind=spent.full_at - now)
        raise Problem(
            "too_many_requests",
            f"At most {limit} requests a minute: wait, and send this one again.",
            # No longer than that, even where the clock of another environment is ahead.
            headers={
                "Retry-After": str(_seconds(min(WINDOW, spent.full_at + cost - now - WINDOW)))
            },
        ) from None
    _remember(key, full_at)
    _tell(call, limit, left=(WINDOW - (full_at - now)) // cost, behind=full_at - now)


def reset() -> None:
    """Forget what was seen of buckets."""
    _full_at.clear()


def _taken(call: Call, key: str, now: int, cost: int) -> int:
    """When the bucket will be full, now that one more is taken. Raises _Spent."""
    full_at = _full_at.get(key, 0)
    latest = now + WINDOW - cost
    for attempt in count():
        if attempt > 1:  # the first refusal only tells what this process had not seen
            call.pause(attempt - 1, busy())
        # By what was seen a bucket may have no room: others only take from it, too.
        if full_at > latest:
            raise _Spent(full_at)
        try:
            return _moved(call, key, cost, (now, latest) if full_at > now else (0, now))
        except Refused as refused:
            standing: Item = refused.items[0] or {}
            full_at = int(standing.get("full_at", {}).get("N", 0))
    raise AssertionError("unreachable: a pause ends with the call's time")


def _moved(call: Call, key: str, cost: int, between: tuple[int, int]) -> int:
    """Move a bucket on, from where it is or from now. Raises Refused where it is elsewhere."""
    after, until = between
    update = Expression()
    name, ends = update.name("full_at"), update.value(encode(until))
    kept = {"expires_at": encode(until // 1_000_000 + LINGERS)}
    if after:
        update.require(f"{name} BETWEEN {update.value(encode(after + 1))} AND {ends}")
        update.assign(kept)
        update.increase("full_at", encode(cost))
    else:
        update.require(f"(attribute_not_exists({name}) OR {name} <= {ends})")
        update.assign(kept | {"full_at": encode(until + cost)})
    request = on_claims(update) | {"Key": {"pk": encode(key)}, "ReturnValues": "ALL_NEW"}
    # Not `call` itself: that an answer to this was lost says nothing of what comes after it.
    own = Call(request_id=call.request_id, deadline=call.deadline)
    try:
        answer = dynamodb.write(own, [("Update", request)])
    except Unavailable as refusal:
        # Nothing of what was asked for was begun: only a bucket may have one less.
        raise (busy() if refusal.code == "outcome_unknown" else refusal) from None
    finally:
        call.requests += own.requests
        call.seconds += own.seconds
        call.capacity += own.capacity
    return int(answer["Attributes"]["full_at"]["N"])


def _key(call: Call) -> str:
    """The bucket of whoever calls: of a token's subject, or else of an address."""
    who = (
        f"caller\0{call.caller}" if call.caller != ANONYMOUS else f"address\0{_place(call.source)}"
    )
    return f"rate#{sha256(who.encode()).hexdigest()}"


def _place(address: str) -> str:
    """An address in one spelling. Of IPv6 the /64: whoever has one address there has them all."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))


def _remember(key: str, full_at: int) -> None:
    _full_at.pop(key, None)
    _full_at[key] = full_at  # now the last one
    if len(_full_at) > REMEMBERED:
        _full_at.popitem(last=False)


def _tell(call: Call, limit: int, *, left: int, behind: int) -> None:
    """Say in the answer what is left (draft-ietf-httpapi-ratelimit-headers)."""
    call.answer_headers |= {
        "RateLimit-Policy": f'"caller";q={limit};w={WINDOW // 1_000_000}',
        "RateLimit": f'"caller";r={left};t={_seconds(behind)}',
    }


def _seconds(microseconds: int) -> int:
    return -(-microseconds // 1_000_000)
