"""One call of the API: who calls, under which conditions, and what it has cost so far."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field

from .etags import Tag, strong, weak
from .problems import Problem, Unavailable

PATIENCE = 6.0  # seconds after which no further request to DynamoDB is begun
FIRST_PAUSE = 0.05  # seconds; doubles with each try, and any part of it is waited
LONGEST_PAUSE = 0.8
ANONYMOUS = "anonymous"


@dataclass(slots=True)
class Call:
    """What a view and the table it uses know of the request beside its body and query."""

    request_id: str = "-"
    caller: str = ANONYMOUS  # the subject of a token
    source: str = ""  # the address that the request came from
    function: str = ""  # the ARN of the Lambda function that runs; "" where none does
    method: str = ""
    route: str = ""  # such as `/users/{id}`
    prefix: str = ""  # the path before the API, such as `/dev`
    path: str = ""  # behind the prefix, as sent
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    if_match: Sequence[Tag] | None = None
    if_none_match: Sequence[Tag] | None = None
    idempotency_key: str | None = None
    fingerprint: str = ""  # of the body, so that a key used again with another one is noticed
    export: bool = False  # of a list as lines: as much as a read gives is read at once
    segment: tuple[int, int] | None = None  # of an export: which of how many parts of the table
    replayed: bool = False  # the answer is the first answer to this Idempotency-Key
    answer_headers: dict[str, str] = field(default_factory=dict)  # of any answer to it
    uncertain: bool = False  # a write was sent, and its answer lost
    deadline: float = field(default_factory=lambda: time.monotonic() + PATIENCE)
    requests: int = 0  # to DynamoDB, retries included
    seconds: float = 0.0  # spent waiting for DynamoDB
    capacity: float = 0.0  # capacity units consumed

    @property
    def proxy(self) -> str:
        """What the `{proxy+}` of the route stands for, as sent: percent-encoded; else ""."""
        if not self.route.endswith("+}"):
            return ""
        return self.path.split("/", self.route.count("/"))[-1]

    def check(self, etag: str, shown: Callable[[], object]) -> None:
        """Hold the preconditions of a write against the item as it now is.

        `shown` makes what a 412 shows. Raises Problem `stale`, `exists` or `outcome_unknown`.
        """
        if self.if_match is not None and not strong(self.if_match, etag):
            if self.uncertain:
                raise self.outcome_unknown()
            raise Problem(
                "stale",
                "It was changed since you read it: If-Match does not fit.",
                headers={"ETag": f'"{etag}"'},
                current=shown(),
            )
        if self.if_none_match is not None and weak(self.if_none_match, etag):
            raise Problem(
                "exists",
                "If-None-Match asks that it must not exist, or not be this version.",
                headers={"ETag": f'"{etag}"'},
                current=shown(),
            )

    def outcome_unknown(self) -> Unavailable:
        return Unavailable(
            "outcome_unknown",
            "The connection to DynamoDB broke during the write, which may have been done. "
            "Read the item before you repeat it.",
        )

    def pause(self, attempt: int, refusal: Unavailable) -> None:
        """Wait a random part of a doubling pause before the next try.

        Raises `refusal` where the call's time is used up.
        """
        pause = random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt))  # noqa: S311 - jitter
        if time.monotonic() + pause > self.deadline:
            raise refusal
        time.sleep(pause)


_current: ContextVar[Call] = ContextVar("call")


def begin(call: Call) -> None:
    """Make this the call of the running request."""
    _current.set(call)


def current() -> Call:
    """The call of the running request."""
    return _current.get()
