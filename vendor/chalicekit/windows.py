"""So many of something from each caller in a window of time: a counter with a TTL, in DynamoDB.

The first of a window sets when it ends, and after that the count begins anew. A bucket (limits.py)
refills meanwhile: of five an hour, it would let nine through within the first one.
"""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import count

from . import limits
from .attributes import encode
from .call import Call
from .expressions import Expression
from .failures import Lost, Refused, busy
from .limits import Quota
from .problems import Unavailable


def take(call: Call, quota: Quota) -> None:
    """Take one of a quota. Raises Problem `too_many_requests`, Unavailable."""
    key = limits.key(call, quota.name)
    for attempt in count():
        if attempt > 1:  # once, another has begun the window between the two writes below
            call.pause(attempt - 1, busy())
        now = int(time.time())
        with suppress(Refused):
            _counted(call, key, quota, now)
            return
        with suppress(Refused):
            _begun(call, key, quota, now)
            return


def give_back(call: Call, quota: Quota) -> None:
    """Put back what was taken for something that was then not done.

    Where that fails, the caller has one less: no reason to answer otherwise.
    """
    update = Expression()
    update.require(f"{update.name('taken')} > {update.value(encode(0))}")
    update.increase("taken", encode(-1))
    with suppress(Refused, Lost, Unavailable):
        limits.write(call, limits.key(call, quota.name), update, twice=False)
    limits.untold(call)


def _counted(call: Call, key: str, quota: Quota, now: int) -> None:
    """Count one more in the window. Raises Refused where none is open, or Problem."""
    update, limit = Expression(), quota.limit
    taken, ends = update.name("taken"), update.name("ends_at")
    update.require(f"{ends} > {update.value(encode(now))}")
    update.require(f"{taken} < {update.value(encode(limit))}")
    update.increase("taken", encode(1))
    try:
        made = limits.write(call, key, update)
    except Refused as refused:
        standing = refused.items[0] or {}
        left = int(standing.get("ends_at", {}).get("N", 0)) - now
        if left <= 0:
            raise
        limits.tell(call, quota, left=0, seconds=left)
        # No longer than that, even where the clock of another environment is ahead.
        raise limits.spent(quota, min(left, quota.seconds)) from None
    left = limit - int(made["taken"]["N"])
    limits.tell(call, quota, left=left, seconds=int(made["ends_at"]["N"]) - now)


def _begun(call: Call, key: str, quota: Quota, now: int) -> None:
    """Begin a window with the first of it. Raises Refused where one is open."""
    update, ends = Expression(), now + quota.seconds
    name = update.name("ends_at")
    update.require(f"(attribute_not_exists({name}) OR {name} <= {update.value(encode(now))})")
    kept = {"taken": 1, "ends_at": ends, "expires_at": ends + limits.LINGERS}
    update.assign({name: encode(value) for name, value in kept.items()})
    limits.write(call, key, update)
    limits.tell(call, quota, left=quota.limit - 1, seconds=quota.seconds)
