"""This clone's local AWS: one ministack process, shared by every local server of the clone.

It lives as long as one of its owners does. An owner is a process with a file under
.local/owners/; ministack itself looks for them (tools/ministack_server.py), so that Ctrl-C, a
killed server and a closed terminal all end it, and it can save its state then.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools import processes

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
OWNERS = LOCAL / "owners"
STATUS = LOCAL / "aws.json"
LOG = LOCAL / "ministack.log"
PYTHON = ROOT / ".venv-ministack/bin/python"
PORT = 4566
REGION = "us-east-1"  # Always: ministack keeps each region's tables apart.
START_SECONDS = 30.0


class LocalAwsError(Exception):
    """The local AWS does not run; the message says what to do."""


@contextmanager
def lock() -> Iterator[None]:
    """One start or end at a time. Waits until ministack has ended where it is about to."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "aws.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another start or end of the local AWS ...", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def claim(owner: int) -> None:
    """Keep the local AWS alive for as long as this process lives."""
    OWNERS.mkdir(parents=True, exist_ok=True)
    # Renamed into place: ministack would take a half-written file for a dead owner's.
    draft = LOCAL / f"owner-{owner}"
    draft.write_text(processes.identity(owner))
    draft.replace(OWNERS / str(owner))


def start() -> dict[str, Any]:
    """The running local AWS, as in .local/aws.json; made to run where it does not. Hold `lock`.

    Raises LocalAwsError.
    """
    if status := running():
        return status
    if not PYTHON.exists():
        raise LocalAwsError("The local AWS is not installed: run `make run` once, with network.")
    port = PORT if _free(PORT) else 0
    for _ in range(3):
        if status := _launch(port or _any_port()):
            return status
        port = 0  # Something else may have taken it meanwhile.
    raise LocalAwsError(f"The local AWS does not start: see {LOG.relative_to(ROOT)}.")


def running() -> dict[str, Any] | None:
    """What .local/aws.json says, where it is true. One of ours that hangs is ended."""
    try:
        status: dict[str, Any] = json.loads(STATUS.read_text())
    except (OSError, ValueError):
        return None
    if not processes.alive(status["pid"], status["identity"]):
        return None
    if _answers(status["url"], lambda: processes.alive(status["pid"], status["identity"])):
        return status
    os.kill(status["pid"], signal.SIGKILL)
    return None


def note(status: Mapping[str, Any]) -> None:
    """Write .local/aws.json, whole or not at all."""
    draft = STATUS.with_suffix(".new")
    draft.write_text(json.dumps(status))
    draft.replace(STATUS)


def _launch(port: int) -> dict[str, Any] | None:
    # No AWS variable of the developer's: what runs in there has no business with them.
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    for folder in ("state", "s3", "tmp"):
        (LOCAL / folder).mkdir(exist_ok=True)
    env |= {
        "BIND_HOST": "127.0.0.1",  # Its default is every interface.
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(LOCAL / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(LOCAL / "s3"),
        "TMPDIR": str(LOCAL / "tmp"),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }
    with LOG.open("w") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "tools.ministack_server"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the server; ministack ends after it.
        )
    url = f"http://127.0.0.1:{port}"
    if not _answers(url, lambda: process.poll() is None):
        process.kill()
        process.wait()
        return None
    status: dict[str, Any] = json.loads(STATUS.read_text())
    return status


def _answers(url: str, alive: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while alive() and time.monotonic() < deadline:
        try:
            direct.open(f"{url}/_ministack/ready", timeout=2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return alive()
    return False


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
