"""What the first GET of a fresh process imports, beside what it is meant to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.counting import Case, started

KEPT = Path(__file__).with_name("imports.txt")  # what is meant to be imported, a module a line
SHOWN = 20


def imported(app: Case, env: dict[str, str], folder: Path) -> dict[str, int]:
    """Its modules, the API's own apart, with their microseconds."""
    case = replace(app, options=("-S", "-X", "importtime"))
    _, told = started(case, env, folder)
    rows = [line.split("|") for line in told.splitlines() if line.startswith("import time:")]
    found = {name.strip(): int(own[12:]) for own, _, name in rows[1:]}
    return {name: own for name, own in found.items() if not name.startswith("chalicelib")}


def keep(modules: Iterable[str]) -> None:
    """Write down that these are meant to be imported."""
    KEPT.write_text("".join(f"{name}\n" for name in sorted(modules)))


def newcomers(now: Mapping[str, int]) -> Iterator[str]:
    """A line for each module that was not meant to be imported, the slowest first."""
    new = sorted(now.keys() - {*KEPT.read_text().split()}, key=lambda name: -now[name])
    whole = sum(now.values())
    for name in new[:SHOWN]:
        yield f"  new: {name}, {now[name] / whole:.1%} of all that is imported"
    if not new:
        yield "  nothing new is imported; what is there does more"
