"""Run calls at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from tests.contract.client import Api
from tests.proxied import Proxied
from tests.resources import Resource

T = TypeVar("T")
WRITERS = 16


def together(app: Proxied, resource: Resource, calls: Sequence[Callable[[Api], T]]) -> list[T]:
    """What each call gave. They start at once, each in a thread and over a session of its own."""
    start = Barrier(len(calls))

    def run(call: Callable[[Api], T]) -> T:
        api = app.api(resource)
        start.wait(timeout=20)
        return call(api)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
