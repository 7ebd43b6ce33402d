"""How often a caller may call: a token bucket for each, in DynamoDB, exact for all environments.

A bucket is one number in the claims table: when it will be full again (the generic cell rate
algorithm, ITU-T I.371). A request moves it on by its cost, on condition that this is no more than
the quota's window ahead; that is one write, whose condition keeps the count under any concurrency.
Only a stage with RATE_LIMIT imports this, and what sends mail (windows.py).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from hashlib import sha256
from ipaddress import IPv4Address, ip_address, ip_network
from itertools import count
from typing import NamedTuple

from . import dynamodb
from .attributes import Item, encode
from .call import ANONYMOUS, Call
from .claims import on_claims
from .expressions import Expression
from .failures import Refused, busy
from .problems import Problem, Unavailable

LINGERS = 60 * 60  # seconds after which a full bucket may be deleted
REMEMBERED = 1000  # callers
CALLER = "caller"  # the quota of all that a caller asks for: RATE_LIMIT
TOLD = ("RateLimit-Policy", "RateLimit")
EACH = {60: "a minute", 3600: "an hour", 86400: "a day"}

_full_at: OrderedDict[str, int] = OrderedDict()  # microseconds; as last seen, callers by their key


class Quota(NamedTuple):
    """So many requests, all at once or not, in so many seconds; `name` is whose, or what for."""

    name: str
    limit: int
    seconds: int = 60

    @property
    def window(self) -> int:
        """Microseconds in which an empty bucket is full again."""
        return self.seconds * 1_000_000

    @property
    def cost(self) -> int:
        """Microseconds by which one request moves it on."""
        return self.window // self.limit


class _Spent(Exception):
    """There is no room in a bucket that is full again at `full_at`."""

    def __init__(self, full_at: int) -> None:
        super().__init__("spent")
        self.full_at = full_at


def take(call: Call, quota: Quota) -> None:
    """Take one of a quota. Raises Problem `too_many_requests`, Unavailable."""
    own, now, window = key(call, quota.name), time.time_ns() // 1000, quota.window
    try:
        full_at = _taken(call, own, now, quota)
    except _Spent as found:
        _remember(own, found.full_at)
        tell(call, quota, left=0, seconds=_seconds(found.full_at - now))
        # No longer than that, even where the clock of another environment is ahead.
        wait = _seconds(min(window, found.full_at + quota.cost - now - window))
        raise spent(quota, wait) from None
    _remember(own, full_at)
    left = (window - (full_at - now)) // quota.cost
    tell(call, quota, left=left, seconds=_seconds(full_at - now))


def spent(quota: Quota, wait: int) -> Problem:
    """What is answered where nothing is left, for so many seconds."""
    return Problem(
        "too_many_requests",
        f"At most {quota.limit} requests {_each(quota)}: wait, and send this one again.",
        headers={"Retry-After": str(wait)},
    )


def reset() -> None:
    """Forget what was seen of buckets."""
    _full_at.clear()


def _taken(call: Call, key: str, now: int, quota: Quota) -> int:
    """When the bucket will be full, now that one more is taken. Raises _Spent."""
    full_at = _full_at.get(key, 0)
    latest = now + quota.window - quota.cost
    for attempt in count():
        if attempt > 1:  # the first refusal only tells what this process had not seen
            call.pause(attempt - 1, busy())
        # By what was seen a bucket may have no room: others only take from it, too.
        if full_at > latest:
            raise _Spent(full_at)
        try:
            return _moved(call, key, quota.cost, (now, latest) if full_at > now else (0, now))
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
    return int(write(call, key, update)["full_at"]["N"])


def write(call: Call, key: str, update: Expression, *, twice: bool = True) -> Item:
    """Carry out an update of a count; gives what it is now. Raises Refused, Lost, Unavailable."""
    request = on_claims(update) | {"Key": {"pk": encode(key)}, "ReturnValues": "ALL_NEW"}
    # Not `call` itself: that an answer to this was lost says nothing of what comes after it.
    own = Call(request_id=call.request_id, deadline=call.deadline)
    try:
        answer = dynamodb.write(own, [("Update", request)], twice=twice)
    except Unavailable as refusal:
        # Nothing of what was asked for was begun: only a count may be one more.
        raise (busy() if refusal.code == "outcome_unknown" else refusal) from None
    finally:
        call.requests += own.requests
        call.seconds += own.seconds
        call.capacity += own.capacity
    made: Item = answer["Attributes"]
    return made


def key(call: Call, name: str) -> str:
    """The key of what is counted: of whoever calls: of a token's subject, or else of an address."""
    who = (
        f"caller\0{call.caller}" if call.caller != ANONYMOUS else f"address\0{_place(call.source)}"
    )
    of = who if name == CALLER else f"{name}\0{who}"
    return f"rate#{sha256(of.encode()).hexdigest()}"


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


def _each(quota: Quota) -> str:
    return EACH.get(quota.seconds, f"in {quota.seconds} seconds")


def tell(call: Call, quota: Quota, *, left: int, seconds: int) -> None:
    """Say in the answer what is left (draft-ietf-httpapi-ratelimit-headers)."""
    call.answer_headers |= {
        "RateLimit-Policy": f'"{quota.name}";q={quota.limit};w={quota.seconds}',
        "RateLimit": f'"{quota.name}";r={left};t={seconds}',
    }


def untold(call: Call) -> None:
    """Say nothing of it after all."""
    for name in TOLD:
        call.answer_headers.pop(name, None)


def _seconds(microseconds: int) -> int:
    return -(-microseconds // 1_000_000)
