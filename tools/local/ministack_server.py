"""ministack, ended when nobody needs it any more, and saved every few seconds.

Run by .venv-ministack's Python, as `python -m tools.local.ministack_server`; started by
tools/local/localaws.py, which says what it is there for.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, TextIO

from ministack import app as ministack
from ministack.core.persistence import save_all

from tools.local import localaws, ports, processes

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
    url = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    threading.Thread(target=announce, args=(url,), daemon=True).start()
    threading.Thread(target=end_unowned, args=(alone,), daemon=True).start()
    ministack.app = Saved(ministack.app, keep=alone.fileno())
    sys.argv[1:] = []
    ministack.main()


def announce(url: str) -> None:
    """Write .local/aws.json once this process serves there; end it where another one does."""
    pid = os.getpid()
    if not ports.ours(url, pid, alive=lambda: True):
        os._exit(1)
    localaws.note({"url": url, "pid": pid, "identity": processes.identity(pid)})


def end_unowned(alone: TextIO) -> None:
    """End this process as soon as none of its owners lives, or .local/ was deleted."""
    told = ""
    while True:
        time.sleep(LOOK_SECONDS)
        try:
            if deleted(alone):
                os._exit(0)  # Saving would bring back what was deleted.
            if not owned():
                end()
        except Exception as error:  # noqa: BLE001  without this thread nothing would end ministack
            # Or the folder is just being deleted: the next look tells.
            before, told = told, f"{type(error).__name__}: {error}"
            if told != before:
                print(told, file=sys.stderr, flush=True)


def end() -> None:
    """End this process, its state saved; not where a server is just starting."""
    with (localaws.LOCAL / "aws.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if owned():
            return
        localaws.STATUS.unlink(missing_ok=True)
        os.kill(os.getpid(), signal.SIGTERM)
        # The lock is kept until the process has ended: who starts anew waits for the state.
        time.sleep(END_SECONDS)
        os._exit(1)


def deleted(alone: TextIO) -> bool:
    """Whether the folder that this file is in was deleted, and perhaps made anew."""
    try:
        return not os.path.samestat(os.fstat(alone.fileno()), Path(alone.name).stat())
    except FileNotFoundError:
        return True


def owned() -> bool:
    """Whether an owner lives. Forgets the dead ones."""
    found = False
    for file in localaws.OWNERS.glob("*"):
        try:
            lives = processes.alive(int(file.name), file.read_text())
            if not lives:
                file.unlink(missing_ok=True)
        except (OSError, ValueError):
            continue  # Gone meanwhile; or no number, such as .DS_Store.
        found |= lives
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
        if scope["type"] == "http" and scope["path"] == ports.PATH:
            await say_whose(send)
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


async def say_whose(send: Send) -> None:
    body = json.dumps(ports.whose(os.getpid())).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def changes(scope: Scope) -> bool:
    """Whether this request may have changed something."""
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    target = dict(scope["headers"]).get(b"x-amz-target", b"").decode("latin-1")
    return not target.rpartition(".")[2].startswith(READS)


if __name__ == "__main__":
    main()
