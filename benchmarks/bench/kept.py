"""The instructions of the last run, kept to say how far two runs agree."""

from __future__ import annotations

import json
from collections.abc import Iterable

from benchmarks.bench.build import FOLDER
from benchmarks.bench.measure import Figures

FILE = FOLDER / "last.json"


def compared(every: Iterable[Figures]) -> str:
    """A line on how far this run is from the last; it is kept in its place."""
    now = {
        f"{one.built.name}, {what}": count
        for one in every
        for what, count in {"cold": one.cold, **one.warm}.items()
    }
    before: dict[str, float] = json.loads(FILE.read_text()) if FILE.exists() else {}
    FILE.write_text(json.dumps(before | now))
    apart = {name: now[name] / before[name] - 1 for name in now.keys() & before.keys()}
    if not apart:
        return "There is no run before to compare it with."
    most = max(apart, key=lambda name: abs(apart[name]))
    return f"Instructions of the run before: at most {apart[most]:+.2%} ({most})."
