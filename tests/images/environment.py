"""Execution environments: processes of an image's own entry point, one event at a time each.

    container = Container(store, "users-api-dev:1")
    with Environment(container, {"STAGE": "dev"}, folder) as environment:
        outcome = environment.invoke(b'{"warmup": true}')

Standard library only: tests/cloud_server.py runs functions so, too. A process ends with the one
that started it, whatever ends that: see `Runs`.
"""

import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from tests.images.runtime import Invocation, Runtime

INIT_SECONDS = 30.0  # Lambda gives 10 and begins again; here other tests run on the same cores


def lambda_variables(
    name: str,
    *,
    version: str = "$LATEST",
    memory: int = 1024,
    region: str = "us-east-1",
    group: str = "",
) -> dict[str, str]:
    """What Lambda sets for an image, by AWS's "Defined runtime environment variables"."""
    return {
        "AWS_DEFAULT_REGION": region,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_GROUP_NAME": group or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"2026/11/20/[{version}]{'0' * 32}",
        "AWS_REGION": region,
        "TZ": ":UTC",
    }


class Runs(Protocol):
    """What an entry point is started in. See tests/images/container.py."""

    def command(self, variables: Mapping[str, str], writable: Path) -> Sequence[str]:
        """A command line, which ends when nobody holds the other end of its standard input."""


@dataclass(frozen=True)
class Outcome:
    """What a call gave: the function's answer, or `failed` with Lambda's account of it."""

    payload: bytes
    failed: bool
    log: str = ""


class Environment:
    """One process. After a failure of the process or a timeout it is `ended`: start another."""

    def __init__(
        self,
        container: Runs,
        variables: Mapping[str, str],
        folder: Path,
        *,
        seconds: float = 29.0,
        arn: str = "arn:aws:lambda:us-east-1:000000000000:function:function",
    ) -> None:
        self.seconds, self.arn = seconds, arn
        self._runtime = Runtime()
        self._busy = threading.Lock()
        writable = folder / f"tmp-{self._runtime.server_port}"
        writable.mkdir(parents=True)
        writable.chmod(0o1777)
        self.log = folder / f"environment-{self._runtime.server_port}.log"
        given = {"AWS_LAMBDA_RUNTIME_API": self._runtime.address, **variables}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                container.command(given, writable),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.end()

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def invoke(self, event: bytes) -> Outcome:
        """Give it one event, and wait: for its start, and then for as long as it may take."""
        with self._busy:
            before = self.log.stat().st_size
            invocation = Invocation(event, self.seconds, self.arn)
            self._runtime.give(invocation)
            self._follow(invocation)
            log = self.log.read_bytes()[before:].decode("utf-8", "replace")
            return Outcome(invocation.payload, invocation.failed, log)

    def _follow(self, invocation: Invocation) -> None:
        if not self._until(invocation.taken.is_set, invocation.taken.wait, INIT_SECONDS):
            self._give_up(invocation, INIT_SECONDS, "Init")
        elif not self._until(invocation.done.is_set, invocation.done.wait, self.seconds):
            self._give_up(invocation, self.seconds, "Task")

    def _until(
        self, happened: Callable[[], bool], wait: Callable[[float], bool], seconds: float
    ) -> bool:
        """Whether it happened in time, and while the process lived."""
        deadline = time.monotonic() + seconds
        while not wait(0.02) and time.monotonic() < deadline and not self.ended:
            pass
        return happened()

    def _give_up(self, invocation: Invocation, seconds: float, what: str) -> None:
        if self._runtime.broken:
            invocation.end(self._runtime.broken, failed=True)
        elif self.ended:
            code = self._process.returncode
            how = f"exit status {code}" if code < 128 else f"signal {code - 128}"
            invocation.fail("Runtime.ExitError", f"Runtime exited with error: {how}")
        else:
            invocation.fail("Sandbox.Timedout", f"{what} timed out after {seconds:.2f} seconds")
        self.end()

    def end(self) -> None:
        """Kill it, as Lambda does in the end."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
            self._runtime.close()
        self._process.wait(timeout=20)
