"""A handler in a fresh process, called through a loop of ours as Lambda calls it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from benchmarks.bench.build import FOLDER, Built, python
from benchmarks.counting import COUNTING, total
from tools import ROOT, install

RUNTIME = ROOT / "benchmarks/runtime"
APP, STAGE = "users-api", "bench"  # of the tables' names
Json = dict[str, Any]


class Crashed(Exception):
    """The process is gone; the message holds the end of what it said."""


class Process:
    """One process: `ask` it, look at its memory, have its instructions counted."""

    def __init__(self, built: Built, env: dict[str, str], *, counting: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory(dir=FOLDER)
        self._log = Path(self._folder.name, "log")
        command = [*self._counting(), *_command(built)] if counting else _command(built)
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command,
                env=_environment(built) | env,
                cwd=built.path[0],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End it; it writes what was counted as it goes."""
        self._process.communicate()
        self._folder.cleanup()

    def ask(self, event: Json) -> Json:
        """The answer to an event. Raises Crashed."""
        return dict(self._said(json.dumps(event)))

    def count(self, events: Iterable[Json] = ()) -> int:
        """Instructions since the start, with these events, whose effect on the process is undone.

        A fork answers them, so that the difference of two such counts is that of their events.
        """
        child = self._said("fork")
        for event in events:
            self.ask(event)
        self._said("end")
        return total(Path(self._folder.name, f"counted.{child}"))

    def counted(self) -> int:
        """End it, and count all its instructions: of what cannot fork."""
        self._process.communicate("end\n")
        return total(Path(self._folder.name, f"counted.{self._process.pid}"))

    def peak(self) -> float:
        """MB of memory that it had at most, so far."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def _said(self, line: str) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(f"{line}\n")
            stdin.flush()
        except BrokenPipeError:
            pass  # told below
        if not (answer := stdout.readline()):
            raise Crashed(self._log.read_text()[-2000:])
        return json.loads(answer)

    def _counting(self) -> list[str]:
        return [*COUNTING, f"--cachegrind-out-file={self._folder.name}/counted.%p"]


def _command(built: Built) -> list[str]:
    name = built.peer.handler
    if built.peer.python:
        return [str(python()), str(RUNTIME / "loop.py"), name]
    module, _, attribute = name.partition(".")
    node = shutil.which("node", path=install.path())
    if node is None:
        raise Crashed("There is no node here.")
    return [node, str(RUNTIME / "loop.cjs"), str(built.path[0] / f"{module}.js"), attribute]


def _environment(built: Built) -> dict[str, str]:
    """What Lambda sets, what the peers read, and the settings of this project's stages."""
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    settings: dict[str, str] = config["environment_variables"]
    return settings | {
        "PATH": os.environ["PATH"],
        "HOME": str(FOLDER / "python"),  # where nobody keeps settings of AWS's tools
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "PYTHONHASHSEED": "0",  # or counts would differ
        "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's folders cannot be written
        "PYTHONPATH": os.pathsep.join(map(str, built.path)),
        "LAMBDA_TASK_ROOT": str(built.path[0]),
        "AWS_LAMBDA_FUNCTION_NAME": f"{APP}-{STAGE}",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "APP_NAME": APP,
        "STAGE": STAGE,
        "AUTH": "none",
        "USERS_TABLE": f"{APP}-{STAGE}-users",
        "CLAIMS_TABLE": f"{APP}-{STAGE}-claims",
    }
