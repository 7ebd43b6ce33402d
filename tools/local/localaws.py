"""This clone's local AWS: one ministack process, shared by every local server of the clone.

It lives as long as one of its owners does. An owner is a process with a file under
.local/owners/; ministack itself looks for them (tools/local/ministack_server.py), so that Ctrl-C, a
killed server and a closed terminal all end it, and it can save its state then.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tools import ROOT
from tools.local import ports, processes, state

LOCAL = ROOT / ".local"
OWNERS = LOCAL / "owners"
STATUS = LOCAL / "aws.json"
LOG = LOCAL / "ministack.log"
PYTHON = ROOT / ".venv-ministack/bin/python"
PORT = 4566
REGION = "us-east-1"  # Always: ministack keeps each region's tables apart.
# Of whoever asks it, and its own, by which it checks links that are signed.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
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
            print("Waiting for the last command's local AWS to end ...", flush=True)
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
    port = next((port for port in (*_last_port(), PORT) if ports.free(port)), 0)
    for line in state.set_aside(LOCAL / "state"):
        print(line, flush=True)
    for _ in range(3):
        if status := _launch(port or ports.unused()):
            return status
        port = 0  # Something else may have taken it meanwhile.
    raise LocalAwsError(f"The local AWS does not start: see {LOG.relative_to(ROOT)}.")


def gone() -> bool:
    """Whether the local AWS that was started here has ended, or .local/ is not its any more."""
    status = _noted()
    return status is None or not processes.alive(status["pid"], status["identity"])


def running() -> dict[str, Any] | None:
    """What .local/aws.json says, where it is true. One of ours that hangs is ended."""
    status = _noted()
    if status is None or not processes.alive(pid := status["pid"], status["identity"]):
        return None
    if ports.ours(status["url"], pid, lambda: processes.alive(pid, status["identity"])):
        return status
    if status["identity"]:  # Else it may be any process that got the number.
        os.kill(pid, signal.SIGKILL)
    return None


def _noted() -> dict[str, Any] | None:
    """What .local/aws.json says; None where it is not there, or not what was written."""
    try:
        status = json.loads(STATUS.read_text())
    except (OSError, ValueError):
        return None
    match status:
        case {"url": str(), "pid": int(), "identity": str()}:
            return dict(status)
    return None


def note(status: Mapping[str, Any]) -> None:
    """Write .local/aws.json, whole or not at all."""
    draft = STATUS.with_suffix(".new")
    draft.write_text(json.dumps(status))
    draft.replace(STATUS)


def _environment(port: int) -> dict[str, str]:
    """What ministack is told; makes the folders that it keeps things in."""
    # No AWS variable of the developer's: what runs in there has no business with them.
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    for folder in ("state", "s3", "tmp"):
        (LOCAL / folder).mkdir(exist_ok=True)
    return (
        env
        | CREDENTIALS
        | {
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
    )


def _launch(port: int) -> dict[str, Any] | None:
    STATUS.unlink(missing_ok=True)  # In a container, the next process may have the same number.
    with LOG.open("w") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "tools.local.ministack_server"],
            cwd=ROOT,
            env=_environment(port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the server; ministack ends after it.
        )
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if (status := _noted()) and status["pid"] == process.pid:
            return status
        time.sleep(0.02)
    process.kill()
    process.wait()
    return None


def _last_port() -> list[int]:
    """The port of the one before, which may be open in a developer's tools; none where unknown."""
    status = _noted()
    port = status["url"].rpartition(":")[2] if status else ""
    return [int(port)] if port.isascii() and port.isdigit() and len(port) < 6 else []
