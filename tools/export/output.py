"""The file that an export writes, and beside it how far it got.

Lines go to the end of OUT.part; then OUT.state says how many bytes of it count, and where each
segment goes on. What a killed run had written and not yet counted is cut off by the next one, which
asks for it again: each item is there once. At the end OUT.part becomes OUT.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from tools import files
from tools.refusals import Refusal

START = ""  # the cursor of a segment that is not begun; of one that is done, None
Of = dict[str, Any]  # what makes an export the same: its URL, and the number of segments


class Output:
    """A file that is being written, by several threads. Raises Refusal where it cannot go on."""

    def __init__(self, file: Path, of: Of) -> None:
        self._file, self._of = file, of
        self._part = file.parent / f"{file.name}.part"
        self._state = file.parent / f"{file.name}.state"
        self._lock = threading.Lock()
        self.bytes = self.items = 0
        self.finished = False  # the file has its name
        self._next: dict[str, str | None] = {str(n): START for n in range(of["segments"])}
        opened = self._held()  # first: what the state says may change until then
        try:
            self._opened = self._resume(opened)
        except BaseException:  # Ctrl-C, too: who comes next finds it free
            opened.close()
            raise

    @property
    def resumed(self) -> bool:
        return self.bytes > 0

    @property
    def left(self) -> dict[int, str]:
        """Where each segment goes on that is not done, by its number."""
        return {int(n): cursor for n, cursor in self._next.items() if cursor is not None}

    def take(self, segment: int, lines: bytes, cursor: str | None) -> None:
        """Keep the lines of an answer, and where the segment goes on behind them."""
        with self._lock:
            if self._opened is None:
                return  # closed meanwhile: these are asked for again
            self._opened.write(lines)
            self._opened.flush()
            os.fsync(self._opened.fileno())  # first: what the state counts must be there
            self.bytes += len(lines)
            self.items += lines.count(b"\n")
            self._next[str(segment)] = cursor
            self._save()

    def close(self) -> None:
        """Keep what there is for the next run, and where all is done, give the file its name.

        Raises OSError.
        """
        with self._lock:
            opened, self._opened = self._opened, None
            if opened is None:
                return
            try:
                self._settle()
            finally:
                with suppress(OSError):  # of a full disk: what is not written is not counted
                    opened.close()

    def _settle(self) -> None:
        if not self.left:
            self._part.replace(self._file)
            self.finished = True
            self._state.unlink(missing_ok=True)  # by who began between the two
        elif set(self._next.values()) == {START}:  # nothing was kept: nothing is left behind
            self._state.unlink(missing_ok=True)
            self._part.unlink(missing_ok=True)

    def _held(self) -> BinaryIO:
        """The part, which no other run writes as long as it is open. Raises Refusal."""
        try:
            if self._file.is_dir():
                raise Refusal(f"OUT={self._file} is a folder: give the name of a file.")
            opened = self._part.open("ab")
        except OSError as error:
            raise Refusal(f"{self._part} cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            opened.close()
            raise Refusal(f"Another export is writing {self._part}.") from None
        if not self._part.exists() or not os.path.samestat(
            os.fstat(opened.fileno()), self._part.stat()
        ):
            opened.close()
            raise Refusal(f"Another export has just finished {self._file}.")
        return opened

    def _resume(self, opened: BinaryIO) -> BinaryIO | None:
        """Cut the part to what counts; None where the last run came as far as to rename it.

        Raises Refusal.
        """
        self._kept()
        size = opened.tell()
        if size < self.bytes and not self.left and _size(self._file) == self.bytes:
            self._part.unlink()
            self._state.unlink(missing_ok=True)
            opened.close()
            self.finished = True
            return None
        if size < self.bytes:
            raise Refusal(
                f"{self._part} is shorter than {self._state} says: delete both to begin anew."
            )
        opened.truncate(self.bytes)
        return opened

    def _save(self) -> None:
        state = {"of": self._of, "bytes": self.bytes, "items": self.items, "next": self._next}
        files.replace(self._state, json.dumps(state))

    def _kept(self) -> None:
        """Go on from where the last run ended, if there was one."""
        try:
            kept: Any = json.loads(self._state.read_text())
        except FileNotFoundError:
            return
        except (OSError, ValueError):
            kept = None
        match kept:
            case {"of": self._of, "bytes": int(), "items": int(), "next": {}}:
                self.bytes, self.items, self._next = (kept[n] for n in ("bytes", "items", "next"))
            case {"of": {}, "bytes": 0}:
                return  # of another one, which kept nothing
            case {"of": {"url": url, "segments": segments}}:
                raise Refusal(
                    f"{self._state} is of another export ({url}, SEGMENTS={segments}): finish that "
                    "one, or delete it to begin anew."
                )
            case _:
                raise Refusal(f"{self._state} cannot be read: delete it to begin anew.")


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return -1
