"""The project as a developer has it: a copy, installed, and the commands that serve it.

Nothing here may reach the network: proxies that do not exist stand in the environment.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

from tests.engines import ROOT, free_port
from tests.resources.users import USERS

NOWHERE = "http://127.0.0.1:9"
# Of a developer with a proxy, an account and another region: none of it may matter locally.
ENVIRONMENT = {
    "HTTP_PROXY": NOWHERE,
    "HTTPS_PROXY": NOWHERE,
    "PIP_INDEX_URL": NOWHERE,
    "AWS_PROFILE": "does-not-exist",
    "AWS_REGION": "eu-west-1",
}
PINNED = ("Makefile", "package-lock.json")
WARE = ("app.py", "chalicelib", "vendor", "infra", "tools", ".chalice", *PINNED)
ADA = USERS.sample() | {"id": "ada", "name": "Ada", "email": "ada@example.com"}


class Clone:
    """A copy of the project, installed. Ends at `close` whatever it still has running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: list[Server] = []
        ignored = shutil.ignore_patterns("__pycache__", "deployments")
        for name in WARE:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=ignored)
            else:
                shutil.copy(source, folder / name)
        for file in ROOT.glob("requirements*.txt"):
            shutil.copy(file, folder)
        for installed in (".venv", ".venv-ministack"):
            (folder / installed).symlink_to((ROOT / installed).resolve())

    def make(self, *arguments: str) -> "Server":
        """`make run` with these variables."""
        port = free_port()
        return Server(self, ["make", "run", f"PORT={port}", *arguments], port)

    def chalice(self, *arguments: str, **env: str) -> "Server":
        """`chalice local` with these options."""
        port = free_port()
        command = [str(self.folder / ".venv/bin/chalice"), "local", "--port", str(port)]
        return Server(self, [*command, *arguments], port, env)

    def processes(self) -> list[int]:
        """All that run in the clone's folder."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (process / "cwd").readlink() == self.folder:
                    found.append(int(process.name))
        return found

    def kill(self, *pids: int) -> None:
        for pid in pids or self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        self.kill()
        for server in self.servers:
            server.wait()

    def ended(self) -> bool:
        return not self.processes()

    def aws(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads((self.folder / ".local/aws.json").read_text())
        return status


class Server:
    """A command that serves, in a session of its own, as a terminal gives it one."""

    def __init__(
        self, clone: Clone, command: list[str], port: int, env: dict[str, str] | None = None
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self._log = clone.folder / f"{port}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=clone.folder,
                env={k: v for k, v in (os.environ | ENVIRONMENT | (env or {})).items() if v},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        clone.servers.append(self)

    @property
    def output(self) -> str:
        return self._log.read_text()

    def serving(self) -> "Server":
        until(self._answers, 30, lambda: self.output)
        return self

    def ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self) -> int:
        return self.process.wait(timeout=30)

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, timeout=10)

    def names(self) -> list[str]:
        return [user["name"] for user in self.get("/users").json()["items"]]

    def post(self, **user: str) -> requests.Response:
        return requests.post(f"{self.url}/users", json=user, timeout=10)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.output
        with suppress(requests.ConnectionError):
            return self.get("/health").ok
        return False


def until(
    condition: Callable[[], bool], seconds: float = 10, told: Callable[[], str] = lambda: ""
) -> None:
    """Return once it holds; fail with what `told` gives when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, told()
        time.sleep(0.05)
