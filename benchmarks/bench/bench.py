"""The whole of it, in its order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Never

from benchmarks.bench import build, features, kept, measure, peers, report, work
from benchmarks.bench.build import Built
from benchmarks.bench.measure import Figures
from tools.refusals import Refusal

if TYPE_CHECKING:
    from tqdm import tqdm

FEATURES = 2  # steps of theirs


def run(names: str, rounds: int, folder: Path, bar: Callable[[int], tqdm[Never]]) -> None:
    """Measure some peers, or all, and tell it. Raises Refusal."""
    try:
        chosen = peers.chosen(names)
    except LookupError as unknown:
        known = ", ".join(peer.name for peer in peers.PEERS)
        raise Refusal(f"PEERS={unknown.args[0]}: there are {known}.") from None
    ways = sum(2 if peer.packed_without else 1 for peer in chosen)
    steps = len(chosen) + ways * (2 + rounds) + (0 if names else FEATURES)
    with bar(steps) as shown:

        def step(done: str) -> None:
            shown.set_description_str(done, refresh=False)
            shown.update()

        builts: list[Built] = []
        for peer in chosen:
            builts += build.build(peer)
            step(f"built {peer.name}")
        with work.engine(folder / "checks") as engine:
            every = [_checked(built, engine.url, step) for built in builts]
        with measure.engines(builts, folder) as urls:
            measure.count(every, urls, step)
            added = None if names else features.measured(urls[builts[-1].name], step)
            measure.clock(every, urls, rounds, step)
    print(report.table(every))
    print(f"\n{kept.compared(every)}")
    if added:
        report.write(every, added)


def _checked(built: Built, url: str, step: measure.Step) -> Figures:
    figures = Figures(built, work.check(built, url))
    step(f"checked {built.name}")
    return figures
