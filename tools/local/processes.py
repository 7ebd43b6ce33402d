"""Which processes live, told apart from later ones with the same number."""

import os
from pathlib import Path


def identity(pid: int) -> str:
    """When this process began, in the kernel's count; "" where the system does not tell."""
    return _stat(pid)[-1]


def alive(pid: int, then: str) -> bool:
    """Whether the process that had this identity `then` still runs. A zombie does not."""
    if pid < 1:
        return False  # To os.kill it would be a group of processes.
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # Another user's, so it lives.
    state, now = _stat(pid)
    return state != "Z" and now == then


def _stat(pid: int) -> tuple[str, str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "", ""
    # proc(5): the name in parentheses may hold anything; then state, ..., starttime as 22nd field.
    fields = text.rpartition(")")[2].split()
    return fields[0], fields[19]
