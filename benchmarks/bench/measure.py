"""What each costs: instructions, counted apart, and milliseconds and memory, side by side.

Instructions repeat, so they are counted once, several processes at a time. Milliseconds do not:
each round starts every handler once, so that what else the machine does meets all alike.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.bench import work
from benchmarks.bench.build import Built
from benchmarks.bench.run import Json, Process

COUNTED = 12  # requests whose instructions are counted, behind WARMING
WARMING = 16  # Python adapts its code to what it has run eight times
TIMED = 20  # warm requests that are timed after each cold start
Step = Callable[[str], None]  # takes what was done


@dataclass
class Figures:
    """What was measured of one handler; lists have a value for each round."""

    built: Built
    asked: dict[str, str]  # requests to DynamoDB, by operation
    cold: float = 0.0  # instructions from the process's start to its first answer, a GET's
    warm: dict[str, float] = field(default_factory=dict)  # instructions, by operation; not of node
    milliseconds: list[float] = field(default_factory=list)  # as cold
    peak: list[float] = field(default_factory=list)  # MB
    warm_milliseconds: list[float] = field(default_factory=list)  # of a GET


@contextmanager
def engines(builts: Iterable[Built], folder: Path) -> Iterator[dict[str, str]]:
    """An engine for each handler, or one's users would be in the other's lists: URLs by name."""
    with ExitStack() as stack:
        yield {
            built.name: stack.enter_context(work.engine(folder / f"engine{n}")).url
            for n, built in enumerate(builts)
        }


def count(every: Iterable[Figures], urls: dict[str, str], step: Step) -> None:
    """Count instructions, on all processors."""

    def one(figures: Figures) -> None:
        _count(figures, urls[figures.built.name])
        step(f"counted {figures.built.name}")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, every))


def clock(every: Iterable[Figures], urls: dict[str, str], rounds: int, step: Step) -> None:
    """Take times, nothing else running."""
    for _ in range(rounds):
        for figures in every:
            _clock(figures, urls[figures.built.name])
            step(f"timed {figures.built.name}")


def started(built: Built, env: dict[str, str], first: Json) -> tuple[float, Process]:
    """Milliseconds from the start of a process to its first answer, and the process."""
    begun = time.perf_counter()
    process = Process(built, env)
    process.ask(first)
    return (time.perf_counter() - begun) * 1000, process


def _clock(figures: Figures, url: str) -> None:
    event = work.get(figures.built)
    milliseconds, process = started(figures.built, work.environment(url), event)
    with process:
        figures.milliseconds.append(milliseconds)
        figures.peak.append(process.peak())
        if figures.built.compiled:
            figures.warm_milliseconds.append(_one(process, event))


def _one(process: Process, event: Json) -> float:
    """Milliseconds of a warm request, the quickest of some: the rest is what else was done."""
    taken = []
    for _ in range(TIMED):
        begun = time.perf_counter()
        process.ask(event)
        taken.append((time.perf_counter() - begun) * 1000)
    return min(taken)


def _count(figures: Figures, url: str) -> None:
    built, env = figures.built, work.environment(url)
    with Process(built, env, counting=True) as process:
        process.ask(work.get(built))
        if not built.peer.python:  # it cannot fork, and what is warm moves with its JIT
            figures.cold = process.counted()
            return
        figures.cold = process.count()
        if not built.compiled:  # what is warm has nothing to compile
            return
        for name, make in work.OPERATIONS.items():
            for _ in range(WARMING):
                process.ask(make(built))
            before = process.count()
            after = process.count(_some(make, built, COUNTED))
            figures.warm[name] = (after - before) / COUNTED


def _some(make: Callable[[Built], Json], built: Built, number: int) -> list[Json]:
    return [make(built) for _ in range(number)]
