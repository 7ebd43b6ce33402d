"""`python -m chalicekit.serve` in a process of its own, as a container has it.

with serving(directory, PORT="8001") as server:
    server.get("/health")
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import requests

from tests.engines import CREDENTIALS, REGION, ROOT, STAGE, free_port, until_answering

COMMAND = [sys.executable, "-m", "chalicekit.serve"]
WITH_WARES = "tests.plain_http.app:app"
NOWHERE = "http://127.0.0.1:9"  # where a test needs no table


class Server:
    """The process, and what it has written."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self.process, self.url, self._log = process, url, log
        parts = urlsplit(url)
        self.address = (str(parts.hostname), parts.port or 0)

    @property
    def output(self) -> str:
        return self._log.read_text()

    @property
    def lines(self) -> list[dict[str, object]]:
        """The log, without what is said to people."""
        return [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, timeout=30)

    def ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def workers(self) -> list[int]:
        """The processes that answer."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]


def environment(**changed: str) -> dict[str, str]:
    """What a container would be given, for the local stage; an empty value takes one out."""
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    stage = config["stages"][STAGE]["environment_variables"]
    aws = CREDENTIALS | {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": NOWHERE}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    given = kept | config["environment_variables"] | stage | aws | changed
    return {name: value for name, value in given.items() if value} | {
        "PYTHONPATH": str(ROOT / "vendor")
    }


@contextmanager
def serving(
    directory: Path, *, target: str = WITH_WARES, command: list[str] | None = None, **env: str
) -> Iterator[Server]:
    """A server that answers. It is ended afterwards, where the test has not done so."""
    port = int(env.setdefault("PORT", str(free_port())))
    log = directory / f"plain-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*(command or COMMAND), target],
            cwd=ROOT,
            env=environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        until_answering(process, f"{url}/health", log)
        yield Server(process, url, log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def ended(pids: list[int], seconds: float = 5) -> bool:
    """Whether all these processes end in time."""
    deadline = time.monotonic() + seconds
    while any(_runs(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
