"""kill -9 during writes, of the server and of the engine: what was acknowledged is there."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from tests.contract.client import Api
from tests.engines import Engine, dynoxide
from tests.proxied import Tables, assert_sound, behind
from tests.resources import Json
from tests.resources.users import USERS
from tests.targets import Target, server_process

WRITERS = 8
SHOWN = ("id", *USERS.sample())


@dataclass
class Writer:
    """Makes, changes and deletes users of its own, and keeps what it was told.

    `known` is each of them as the last answer showed it, None where it was deleted. What was
    asked for and not answered may have been done or not: `asked` says what it would then be.
    """

    api: Api
    stop: threading.Event
    told: int = 0
    known: dict[str, Json | None] = field(default_factory=dict)
    asked: dict[str, Json | None] = field(default_factory=dict)

    def run(self) -> None:
        while not self.stop.is_set():
            user = USERS.sample() | {"id": uuid4().hex}
            key = {"Idempotency-Key": uuid4().hex}
            moved = user | {"email": f"{uuid4().hex}@example.org"}
            named = moved | {"name": "Grace"}
            api, made = self.api, user["id"]
            (
                self.ask(made, user, partial(api.post, user, key))
                and self.ask(made, moved, partial(api.put, made, moved))
                and self.ask(made, named, partial(api.patch, made, named))
                and self.told % 2
                and self.ask(made, None, partial(api.delete, made))
            )

    def ask(self, key: str, then: Json | None, send: Callable[[], requests.Response]) -> bool:
        """Whether it was done."""
        self.asked[key] = then
        try:
            answer = send()
        except requests.ConnectionError:
            return False
        if answer.status_code == 503:
            return False
        assert answer.status_code in (200, 201, 204), answer.text
        self.known[key] = self.asked.pop(key)
        self.told += 1
        return True

    def assert_kept(self, users: dict[str, Json]) -> None:
        for key in self.known | self.asked:
            held = users.get(key)
            shown = None if held is None else {name: held[name] for name in SHOWN}
            may_be = [self.known.get(key)]
            if key in self.asked:
                may_be.append(self.asked[key])
            assert shown in may_be


@contextmanager
def writing(apis: list[Api]) -> Iterator[list[Writer]]:
    """Writers at work, until the end of the context."""
    stop = threading.Event()
    writers = [Writer(api, stop) for api in apis]
    with ThreadPoolExecutor(len(writers)) as pool:
        runs = [pool.submit(writer.run) for writer in writers]
        try:
            yield writers
        finally:
            stop.set()
        for run in runs:
            run.result(timeout=30)


def until_told(writers: list[Writer], more: int) -> None:
    """Wait until so many more of their writes were acknowledged."""
    goal = sum(writer.told for writer in writers) + more
    deadline = time.monotonic() + 30
    while sum(writer.told for writer in writers) < goal:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def assert_nothing_lost(engine: Engine, writers: list[Writer]) -> None:
    users = assert_sound(Tables(engine.url))["users"]
    for writer in writers:
        writer.assert_kept(users)
    assert users.keys() <= {key for writer in writers for key in writer.known | writer.asked}


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[Engine]:
    """dynoxide: ministack keeps nothing when it is killed."""
    with dynoxide(tmp_path) as started:
        yield started


def test_the_server_is_killed(durable: Engine, tmp_path: Path) -> None:
    with server_process(durable.url, tmp_path) as (url, process):
        apis = [Api(Target("server", url), USERS) for _ in range(WRITERS)]
        with writing(apis) as writers:
            until_told(writers, 150)
            process.kill()
            process.wait()
            for writer in writers:
                writer.stop.set()
    assert_nothing_lost(durable, writers)


def test_the_engine_is_killed(durable: Engine) -> None:
    """The server goes on: 503 while the engine is away, and then as before."""
    with behind(durable) as app, writing([app.users for _ in range(WRITERS)]) as writers:
        for _ in range(3):
            until_told(writers, 60)
            durable.kill()
            time.sleep(0.1)
            durable.start()
        until_told(writers, 60)
    assert_nothing_lost(durable, writers)
