"""Ports of this machine, and whose ministack serves on one."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

from tools import ROOT

PATH = "/_local"  # where ministack says whose it is
WAIT_SECONDS = 30.0


def ours(url: str, pid: int, alive: Callable[[], bool]) -> bool:
    """Whether this process of this clone serves there, which is waited for while it is `alive`.

    Another clone's ministack may have taken the port first.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while alive() and time.monotonic() < deadline:
        try:
            with direct.open(url + PATH, timeout=2) as answer:
                return bool(json.load(answer) == whose(pid))
        except (urllib.error.HTTPError, HTTPException, ValueError):
            return False  # Something else serves there.
        except OSError:
            time.sleep(0.02)
    return False


def whose(pid: int) -> dict[str, Any]:
    """What the ministack of this clone answers at PATH, where it is this process."""
    return {"pid": pid, "folder": str(ROOT)}


def free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def unused() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
