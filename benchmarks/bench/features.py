"""What this project's features add: to the payload, and to the start of a stage that uses them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from benchmarks.bench import measure, own, work
from benchmarks.bench.build import Built
from benchmarks.bench.measure import Step
from benchmarks.bench.peers import PEERS
from benchmarks.bench.run import Json, Process
from tests.issuing import Issuing
from tools import ROOT
from tools.deploy import extras, size

ROUNDS = 5
THIS = PEERS[-1]
CHART = {
    "type": "line",
    "labels": ["1", "2", "3"],
    "datasets": [{"label": "Left", "data": [3, 2, 1]}],
}
# By module of chalicelib: what is told of it, and a request that uses it.
FIRST: dict[str, tuple[str, str, str, Json | None]] = {
    "charts": ("a chart, as SVG", "POST", "/charts/preview", CHART),
    "reference": ("the page /docs", "GET", "/docs", None),
    "mounts": ("a mounted application", "GET", "/greeting", None),
}


@dataclass(frozen=True)
class Added:
    """What one feature costs: its part of the payload, and its first request."""

    title: str
    zipped: int  # bytes
    instructions: float
    milliseconds: float


@dataclass(frozen=True)
class Features:
    """What all add to a start that uses none, and what each adds where it is used."""

    cold: float  # instructions to a user, with all features in the payload
    added: list[Added]


def measured(url: str, step: Step) -> Features:
    """Of each feature: its first request, in a process that has answered a user."""
    whole = own.whole()
    built, env = Built(THIS, True, whole.path, whole.zipped, 0), work.environment(url)
    function, layer = whole.zips
    sizes = size.counted(layer, function, whole.stage)
    there = {path.stem for path in (ROOT / "chalicelib").iterdir()}
    firsts = {name: _first(built, name) for name in FIRST if name in there}
    with Process(built, env, counting=True) as process:
        process.ask(work.get(built))
        cold = process.count()
        counts = {name: process.count([event]) - cold for name, event in firsts.items()}
    step("counted features")
    times = {name: _times(built, env, event) for name, event in firsts.items()}
    tokens = _tokens(built, env, cold, sizes.zipped(sizes.added[extras.TOKENS]))
    step("counted tokens")
    added = [
        Added(FIRST[name][0], _zipped(sizes, name), counts[name], median(times[name]))
        for name in firsts
    ]
    return Features(cold, [tokens, *added])


def _tokens(built: Built, env: dict[str, str], cold: float, zipped: int) -> Added:
    """Of a first user with a token, beside one without: keys are fetched, too."""
    user = work.get(built)
    with Issuing() as issuer:
        bearer = issuer.bearer(exp=4102444800, scope="users:read")
        signed = user | {"multiValueHeaders": {name: [text] for name, text in bearer.items()}}
        asking = env | issuer.settings | {"AUTH": ""}
        with Process(built, asking, counting=True) as process:
            _right(process, signed)
            counted = process.count() - cold
        apart = [
            _started(built, asking, signed) - _started(built, env, user) for _ in range(ROUNDS)
        ]
    return Added("tokens asked for", zipped, counted, median(apart))


def _zipped(sizes: size.Sizes, name: str) -> int:
    """Bytes of a feature's module, with what it alone needs where it has a budget for that."""
    theirs = {extra.module: parts for extra, parts in sizes.added.items()}
    return sizes.zipped(theirs.get(name, [name]))


def _first(built: Built, name: str) -> Json:
    _, method, path, body = FIRST[name]
    return work.event(built, method, path, body=body)


def _times(built: Built, env: dict[str, str], event: Json) -> list[float]:
    """Milliseconds of a first request, behind a user's. Raises WrongAnswer."""
    taken = []
    for _ in range(ROUNDS):
        _, process = measure.started(built, env, work.get(built))
        with process:
            begun = time.perf_counter()
            _right(process, event)
            taken.append((time.perf_counter() - begun) * 1000)
    return taken


def _started(built: Built, env: dict[str, str], event: Json) -> float:
    milliseconds, process = measure.started(built, env, event)
    with process:
        return milliseconds


def _right(process: Process, event: Json) -> None:
    answer = process.ask(event)
    if answer["statusCode"] != 200:
        raise work.WrongAnswer(event["path"], answer)
