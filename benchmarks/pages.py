"""What a page of a list costs, whatever the table holds: at 1,000 users, 10,000, 100,000, ...

    .venv/bin/python benchmarks/pages.py 1000 10000 100000
    .venv/bin/python benchmarks/pages.py 1000 10000 100000 1000000 --write

A dynoxide is filled for each, and the app asked in this process as Lambda asks it. Requests and
capacity are what DynamoDB is paid for: the most of any page. Milliseconds are the least, and taken
in rounds, each of which asks all, so that what else the machine does meets all alike. Prints a
table in Markdown; `--write` writes it into docs/scaling.md, and the curve beside it. With TMPDIR in
memory, a million users take some six minutes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "vendor")]

from benchmarks import curve  # noqa: E402 - the path above makes it importable
from benchmarks.asked import Cost, asking, filled  # noqa: E402 - see above

PAGES, ROUNDS = 3, 30  # of each kind: so many, one behind the other, in each round
DOCUMENT, PLOT = ROOT / "docs/scaling.md", ROOT / "docs/scaling.svg"
MARKED = re.compile(r"(?s)(<!-- measured -->\n).*(<!-- end -->)")
USER = 200  # bytes of one, about
HALF_UNIT = 4096  # bytes that are read for half a unit, where they need not be the latest
KINDS: dict[str, dict[str, str]] = {
    "the table's own order": {},
    "newest first": {"sort": "-created_at"},
}
Measured = dict[tuple[int, str], Cost]  # by number of users, and kind


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sizes", nargs="*", type=int, default=[1000, 10_000, 100_000])
    arguments.add_argument("--write", action="store_true", help="into docs/scaling.md and .svg")
    given = arguments.parse_args()
    sizes = sorted({*given.sizes})
    if given.write and len(sizes) < 2:
        arguments.error("--write draws a curve, which takes two sizes")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        engines = {size: stack.enter_context(filled(Path(folder), size)) for size in sizes}
        found = _measured({size: engine.url for size, engine in engines.items()})
    print(table(found))
    if given.write:
        write(found)


def write(found: Measured) -> None:
    """Into docs/scaling.md, and the plot beside it: both, or neither."""
    text = f"Measured on {dt.datetime.now(dt.UTC).date()}:\n\n{table(found)}\n"
    document = MARKED.sub(lambda m: m[1] + text + m[2], DOCUMENT.read_text())
    plot = curve.draw(panels(found))
    DOCUMENT.write_text(document)
    PLOT.write_text(plot)


def table(found: Mapping[tuple[int, str], Cost]) -> str:
    """In Markdown."""
    head = "| users | list | DynamoDB requests | read units | CPU of the app, ms | all, ms |"
    rows = [
        f"| {size:,} | {name} | {one.requests:g} | {one.capacity:g} | {one.cpu:.1f} "
        f"| {one.waited:.1f} |"
        for (size, name), one in found.items()
    ]
    return "\n".join([head, "|-:|-|-:|-:|-:|-:|", *rows])


def panels(found: Mapping[tuple[int, str], Cost]) -> list[curve.Panel]:
    """What is plotted: of each size, the dearer of its lists."""
    sizes = sorted({size for size, _ in found})

    def page(dearest: Callable[[Cost], float]) -> curve.Curve:
        most = [max(dearest(found[size, kind]) for kind in KINDS) for size in sizes]
        return curve.Curve("a page", "own", [*zip(sizes, most, strict=True)])

    total = [(size, size * USER / HALF_UNIT / 2) for size in sizes]
    whole = curve.Curve("all, for a total", "plain", total)
    return [
        curve.Panel("Read units", [page(lambda cost: cost.capacity), whole]),
        curve.Panel("Milliseconds, the engine's own included", [page(lambda cost: cost.waited)]),
    ]


def _measured(urls: Mapping[int, str]) -> Measured:
    ask = asking()
    every: dict[tuple[int, str], list[Cost]] = defaultdict(list)
    places: dict[tuple[int, str], str] = {}
    for size in [*urls] * ROUNDS:
        ask({}, urls[size])  # a new client's first request
        for name, query in KINDS.items():
            for _ in range(PAGES):
                cursor = places.get((size, name))
                cost, page = ask(query | ({"cursor": cursor} if cursor else {}))
                assert len(page["items"]) == 20
                every[size, name].append(cost)
                places[size, name] = page["next_cursor"]
    return {(size, name): _told(every[size, name]) for size in urls for name in KINDS}


def _told(costs: Iterable[Cost]) -> Cost:
    requests, capacity, cpu, waited = zip(*costs, strict=True)
    return Cost(max(requests), max(capacity), min(cpu), min(waited))


if __name__ == "__main__":
    main()
