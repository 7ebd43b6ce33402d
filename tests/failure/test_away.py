"""DynamoDB is away, in the real time: 503 within 10 s, whatever was asked."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests

from chalicekit import dynamodb
from tests.contract.client import Api, assert_problem
from tests.failure.actions import KEYED, NEW
from tests.resources.users import USERS
from tests.targets import Target, in_process
from tests.wire import InProcess

LIMIT = 10.0  # seconds
MATCH = {"If-Match": '"x"'}
READS: list[Callable[[Api], requests.Response]] = [
    lambda users: users.get("some"),
    lambda users: users.query(),
    lambda users: users.query(sort="created_at"),
    lambda users: users.query(email="some@example.org"),
    lambda users: users.query(("id", "some"), ("id", "other")),
    lambda users: users.delete("some"),  # it reads first
]
WRITES: list[Callable[[Api], requests.Response]] = [
    lambda users: users.post(NEW[USERS]),
    lambda users: users.post(NEW[USERS], KEYED),
    lambda users: users.put("some", NEW[USERS]),
    lambda users: users.put("some", NEW[USERS], MATCH),
    lambda users: users.patch("some", {"name": "Ada"}),
]


@contextmanager
def closed() -> Iterator[int]:
    """A port that refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def silent() -> Iterator[int]:
    """A port that takes connections and requests, and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        yield listening.getsockname()[1]


@contextmanager
def unreachable() -> Iterator[int]:
    """A port whose queue is full: the network drops what is sent there."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening, ExitStack() as waiting:
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    ("place", "unsure"),
    [(closed, "unavailable"), (silent, "outcome_unknown"), (unreachable, "unavailable")],
)
def test_an_answer_in_time(place: Callable[[], Any], unsure: str) -> None:
    """Where a write may have got there, nobody can tell; where it cannot have, we can."""
    with (
        place() as port,
        in_process(AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{port}") as (chalice, config),
        ThreadPoolExecutor(16) as pool,
    ):
        dynamodb.client()  # made once, not by each thread

        def ask(send: Callable[[Api], requests.Response]) -> tuple[requests.Response, float]:
            target = Target("away", "http://127.0.0.1")
            target.session.mount(target.base_url, InProcess(chalice, config))
            begun = time.monotonic()
            return send(Api(target, USERS)), time.monotonic() - begun

        answers = list(pool.map(ask, READS + WRITES))
    codes = ["unavailable"] * len(READS) + [unsure] * len(WRITES)
    for code, (response, seconds) in zip(codes, answers, strict=True):
        assert_problem(response, 503, code)
        assert seconds < LIMIT
