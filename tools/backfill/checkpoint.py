"""How far a backfill got, what it did, and what it found that people must mend."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools import files

SEGMENTS = 64  # of each table; those that are done are not read again by the run that goes on
LISTED = 100  # findings of a kind that are kept by their ids; the others are counted
STALE_SECONDS = 24 * 60 * 60.0  # what changed in a finished segment since then would be missed


@dataclass
class Tally:
    """What was done and found, by kind: safe to add to from several threads."""

    done: Counter[str] = field(default_factory=Counter)
    found: dict[str, list[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def did(self, kind: str, times: int = 1) -> None:
        with self._lock:
            self.done[kind] += times

    def find(self, kind: str, line: str) -> None:
        """Note what is for people to mend: ids, never a value."""
        with self._lock:
            self.done[kind] += 1
            lines = self.found.setdefault(kind, [])
            if len(lines) < LISTED:
                lines.append(line)

    def add(self, other: Tally) -> None:
        for kind, lines in other.found.items():
            for line in lines:
                self.find(kind, line)
        with self._lock:
            for kind, times in other.done.items():
                self.done[kind] += times - len(other.found.get(kind, ()))


class Checkpoint:
    """The segments that are done, with their tally, kept in a file after each of them.

    A file of another code, other tables, or older than a day is not gone on from.
    """

    def __init__(self, file: Path | None, run: str) -> None:
        self._file, self._run, self._begun = file, run, time.time()
        self._lock = threading.Lock()
        self._segments: dict[str, list[int]] = {}
        self.tally = Tally()
        if kept := self._kept():
            self._begun, self._segments = kept["begun"], kept["segments"]
            self.tally = Tally(Counter(kept["done"]), kept["found"])

    def left(self, step: str) -> list[int]:
        """The segments of a step that are still to do."""
        return [n for n in range(SEGMENTS) if n not in self._segments.get(step, ())]

    @property
    def resumed(self) -> bool:
        return bool(self._segments)

    def passed(self, step: str, segment: int, tally: Tally) -> None:
        """Note that a segment is done."""
        with self._lock:
            self.tally.add(tally)
            self._segments.setdefault(step, []).append(segment)
            if self._file:
                self._save(self._file)

    def end(self) -> None:
        """All is done: the next run begins anew."""
        if self._file:
            self._file.unlink(missing_ok=True)

    def _save(self, file: Path) -> None:
        kept = {
            "run": self._run,
            "begun": self._begun,
            "segments": self._segments,
            "done": self.tally.done,
            "found": self.tally.found,
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        files.replace(file, json.dumps(kept))

    def _kept(self) -> dict[str, Any] | None:
        try:
            kept: Any = json.loads(self._file.read_text()) if self._file else None
        except (OSError, ValueError):
            return None
        match kept:
            case {"run": self._run, "begun": float(begun), "segments": {}, "done": {}, "found": {}}:
                return dict(kept) if time.time() - begun < STALE_SECONDS else None
        return None
