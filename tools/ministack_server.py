"""ministack, ended when nobody needs it any more, and saved every few seconds.

Run by .venv-ministack's Python, as `python -m tools.ministack_server`; started by
tools/localaws.py, which says what it is there for.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack import app as ministack
from ministack.core.persistence import save_all

from tools import localaws, processes

LOOK_SECONDS = 0.25
SAVE_SECONDS = 2.0
END_SECONDS = 60.0
# What a DynamoDB operation that changes nothing begins with.
READS = ("BatchGet", "Describe", "Get", "List", "Query", "Scan", "TransactGet")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def main() -> None:
    localaws.LOCAL.mkdir(exist_ok=True)
    # Held until this process and its last saving child have ended: two would undo each other.
    alone = (localaws.LOCAL / "ministack.lock").open("w")
    fcntl.flock(alone, fcntl.LOCK_EX)
    pid, port = os.getpid(), os.environ["GATEWAY_PORT"]
    url = f"http://127.0.0.1:{port}"
    localaws.note({"url": url, "pid": pid, "identity": processes.identity(pid)})
    threading.Thread(target=end_unowned, daemon=True).start()
    ministack.app = Saved(ministack.app, keep=alone.fileno())
    sys.argv[1:] = []
    ministack.main()


def end_unowned() -> None:
    """End this process as soon as none of its owners lives."""
    while True:
        time.sleep(LOOK_SECONDS)
        if owned():
            continue
        with (localaws.LOCAL / "aws.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # A server is just starting.
            if owned():
                continue
            localaws.STATUS.unlink(missing_ok=True)
            os.kill(os.getpid(), signal.SIGTERM)
            # The lock is kept until the process has ended: who starts anew waits for the state.
            time.sleep(END_SECONDS)
            os._exit(1)


def owned() -> bool:
    """Whether an owner lives. Forgets the dead ones."""
    found = False
    for file in localaws.OWNERS.glob("*"):
        try:
            lives = processes.alive(int(file.name), file.read_text())
        except FileNotFoundError:
            continue
        found |= lives
        if not lives:
            file.unlink(missing_ok=True)
    return found


class Saved:
    """The ASGI app, saving its state soon after a change: kill -9 then loses seconds at most.

    ministack alone saves when it ends. DynamoDB's handlers run on the event loop, so a fork made
    there holds a consistent state; the child writes it, each file whole or not at all, while
    this process goes on. Redis does the same.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], keep: int) -> None:
        self._app = app
        self._keep = keep
        self._changed = False
        self._saving = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        await self._app(scope, receive, send)
        self._changed |= scope["type"] == "http" and changes(scope)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        often = asyncio.create_task(self._save_often())

        async def received() -> MutableMapping[str, Any]:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._saving.acquire()  # No older state is written over the last one.
                often.cancel()
            return message

        await self._app(scope, received, send)

    async def _save_often(self) -> None:
        pause = SAVE_SECONDS
        while True:
            await asyncio.sleep(pause)
            if not self._changed:
                continue
            begun = time.monotonic()
            async with self._saving:
                self._changed = False
                child = os.fork() or self._save_and_exit()
                await asyncio.to_thread(os.waitpid, child, 0)
            # A large state takes long to write: a fifth of the time at most is spent on it.
            pause = max(SAVE_SECONDS, 4 * (time.monotonic() - begun))

    def _save_and_exit(self) -> int:
        """In the child: nothing of the server may go on here, whatever happens."""
        try:
            # The sockets are the parent's: were it killed, they would hold its port.
            os.closerange(3, self._keep)
            os.closerange(self._keep + 1, 4096)
            save_all(ministack._build_persistence_save_dict())  # noqa: SLF001  pinned exactly
        finally:
            os._exit(0)


def changes(scope: Scope) -> bool:
    """Whether this request may have changed something."""
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    target = dict(scope["headers"]).get(b"x-amz-target", b"").decode("latin-1")
    return not target.rpartition(".")[2].startswith(READS)


if __name__ == "__main__":
    main()
