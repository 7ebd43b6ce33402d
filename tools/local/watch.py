"""What the worker of `chalice local` watches: the sources, to reload, and its parent.

Chalice's own watcher walks the whole folder every second, .venv and the local AWS's state with
it: slow, and every save of that state would restart the server. It also restarts into code that
does not import. This one looks at the sources alone, and leaves the running version in place
until the new one can be served (tools/checks.py).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tools import ROOT, checks

WATCHED = ("app.py", "chalicelib", "vendor", "infra", ".chalice/config.json")
LOOK_SECONDS = 0.25
RESTART = 3  # chalice.cli.filewatch.RESTART_REQUEST_RC
SEEN = ROOT / ".local/seen.json"

Stamps = dict[str, list[int]]  # path: when it was last written in ns, its size


def start(before_restart: Callable[[], None]) -> bool:
    """Watch from now on, in a thread. `before_restart` stops what is being served.

    Gives whether this worker takes over from one that reloaded.
    """
    _quiet_chalice()
    parent = os.getppid()
    handed = _handed_over(parent)
    seen = handed or stamps()
    threading.Thread(target=_watch, args=(parent, seen, before_restart), daemon=True).start()
    return bool(handed)


def stamps() -> Stamps:
    found: Stamps = {}
    for file in files():
        try:
            status = file.stat()
        except FileNotFoundError:
            continue  # Deleted since it was listed.
        found[str(file.relative_to(ROOT))] = [status.st_mtime_ns, status.st_size]
    return found


def files() -> Iterator[Path]:
    for name in WATCHED:
        path = ROOT / name
        if path.is_file():
            yield path
        for folder, folders, names in os.walk(path):
            folders[:] = [name for name in folders if name != "__pycache__"]
            yield from (Path(folder, name) for name in names)


def _watch(parent: int, seen: Stamps, before_restart: Callable[[], None]) -> None:
    shown = in_foreground()
    while True:
        time.sleep(LOOK_SECONDS)
        if os.getppid() != parent:
            os._exit(0)  # Killed, it could not tell us.
        shown, before = in_foreground(), shown
        if before and shown is None:
            # Behind `ssh -t host make run` the kernel tells make alone, and make waits for us.
            os.kill(parent, signal.SIGTERM)
            os._exit(0)
        now = stamps()
        if now == seen:
            continue
        while (later := _after_a_look()) != now:
            now = later  # An editor, or git, is still writing.
        changed = sorted(f for f in now.keys() | seen.keys() if now.get(f) != seen.get(f))
        seen = now
        if wrong := checks.problem(files()):
            print(f"{wrong}\nNot reloaded: the last version that works is served on.", flush=True)
            continue
        print(f"Changed: {', '.join(changed[:3])}{' ...' if changed[3:] else ''}. Reloading.")
        before_restart()
        SEEN.parent.mkdir(exist_ok=True)
        SEEN.write_text(json.dumps({"parent": parent, "seen": now}))
        sys.stdout.flush()
        os._exit(RESTART)


def in_foreground() -> bool | None:
    """Whether a terminal shows this process; None where there is no terminal, or no more."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        return None  # nohup: it is meant to outlive its terminal.
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return None
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return None
    finally:
        os.close(terminal)


def _after_a_look() -> Stamps:
    time.sleep(LOOK_SECONDS)
    return stamps()


def _handed_over(parent: int) -> Stamps:
    """What the worker before this one had seen: an edit since then is not missed."""
    try:
        handed = json.loads(SEEN.read_text())
        SEEN.unlink()
    except (OSError, ValueError):
        return {}
    match handed:
        case {"seen": dict(seen), "parent": written} if written == parent:
            return seen
    return {}


def _quiet_chalice() -> None:
    """Chalice has started its own watcher by now: let it see nothing."""
    from chalice.cli.filewatch import stat

    watcher: Any = stat.StatFileWatcher
    watcher._single_pass_poll = lambda *_: None  # noqa: SLF001  its loop calls nothing public
    eventbased = sys.modules.get("chalice.cli.filewatch.eventbased")
    if eventbased:  # where watchdog is installed
        eventbased.WatchdogRestarter.on_any_event = lambda *_: None
