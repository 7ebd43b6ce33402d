"""Execution environments for calls at once: an idle one, or another one, as on Lambda."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.images.environment import Environment, Outcome


class Pool:
    """At most `most` environments; who comes when all are busy waits, where Lambda says 429."""

    def __init__(self, start: Callable[[], Environment], most: int = 8) -> None:
        self._start = start
        self._free = threading.Semaphore(most)
        self._lock = threading.Lock()
        self._retired = False
        self._idle: list[Environment] = []
        self._all: list[Environment] = []

    def invoke(self, event: bytes) -> Outcome:
        with self._free:
            environment = self._taken()
            outcome = environment.invoke(event)
            if environment.ended or self._retired:
                self._forget(environment)
            else:
                with self._lock:
                    self._idle.append(environment)
            return outcome

    def _taken(self) -> Environment:
        with self._lock:
            while self._idle:
                environment = self._idle.pop()
                if not environment.ended:
                    return environment
        environment = self._start()
        with self._lock:
            self._all.append(environment)
        return environment

    def _forget(self, environment: Environment) -> None:
        environment.end()
        with self._lock:
            self._all.remove(environment)

    def retire(self) -> None:
        """End what is idle, and what is busy as soon as it has answered."""
        self._retired = True
        with self._lock:
            idle, self._idle = self._idle, []
        for environment in idle:
            self._forget(environment)

    def end(self) -> None:
        """End all."""
        with self._lock:
            for environment in self._all:
                environment.end()
            self._all.clear()
            self._idle.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.end()
