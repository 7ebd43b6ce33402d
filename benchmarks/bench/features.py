"""What this project's features add: to the payload, and to the start of a stage that uses them."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from statistics import median
from zipfile import ZipFile

from packaging.utils import canonicalize_name

from benchmarks.bench import measure, own, work
from benchmarks.bench.build import Built
from benchmarks.bench.measure import Step
from benchmarks.bench.peers import PEERS
from benchmarks.bench.run import Json, Process
from tests.issuing import Issuing
from tools import ROOT
from tools.deploy import contents, dependencies, extras

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
class Case:
    """A first request to a payload with all features."""

    title: str
    extra: extras.Extra | None
    event: Json
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Added:
    """What one feature costs."""

    title: str
    zipped: int  # bytes of the payload
    cold: float  # instructions to the first answer
    milliseconds: float  # as cold, the median


def measured(url: str, step: Step) -> list[Added]:
    """Of each feature; first a GET of a user where all are there, and none is used."""
    whole = own.whole()
    built = Built(THIS, True, whole.path, whole.zipped, 0)
    with Issuing() as issuer:
        cases = _cases(built, issuer)
        of_engine = work.environment(url)
        envs = [of_engine | case.env for case in cases]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            started = [
                pool.submit(_count, built, env, case.event, step)
                for case, env in zip(cases, envs, strict=True)
            ]
            counts = [one.result() for one in started]
        times: list[list[float]] = [
            [_time(built, env, case.event) for case, env in zip(cases, envs, strict=True)]
            for _ in range(ROUNDS)
        ]
    medians = [median(values) for values in zip(*times, strict=True)]
    return [
        Added(case.title, _zipped(whole, case.extra) if case.extra else 0, count, milliseconds)
        for case, count, milliseconds in zip(cases, counts, medians, strict=True)
    ]


def number() -> int:
    """How many are counted."""
    return 2 + len(_there())


def _there() -> dict[str, extras.Extra]:
    """What each feature's module adds, of those that were not taken out."""
    named = {extra.module: extra for extra in extras.extras()}
    none = {name: extras.Extra("", frozenset(), 0.0, name) for name in FIRST}
    there = {path.stem for path in (ROOT / "chalicelib").iterdir()}
    return {name: named.get(name, none[name]) for name in FIRST if name in there}


def _cases(built: Built, issuer: Issuing) -> list[Case]:
    user = work.get(built)
    bearer = issuer.bearer(exp=4102444800, scope="users:read")
    signed = user | {"multiValueHeaders": {name: [text] for name, text in bearer.items()}}
    tokens = Case("a user, with a token", extras.TOKENS, signed, issuer.settings | {"AUTH": ""})
    features = [
        Case(FIRST[name][0], extra, _first(built, name)) for name, extra in _there().items()
    ]
    return [Case("a user, with all features there", None, user), tokens, *features]


def _first(built: Built, name: str) -> Json:
    _, method, path, body = FIRST[name]
    return work.event(built, method, path, body=body)


def _count(built: Built, env: dict[str, str], event: Json, step: Step) -> float:
    with Process(built, env, counting=True) as process:
        answer = process.ask(event)
        if answer["statusCode"] != 200:
            raise work.WrongAnswer(event["path"], answer)
        counted = process.count()
    step(f"counted {event['path']}")
    return counted


def _time(built: Built, env: dict[str, str], event: Json) -> float:
    milliseconds, process = measure.started(built, env, event)
    with process:
        return milliseconds


def _zipped(whole: own.Own, extra: extras.Extra) -> int:
    function, layer = whole.zips
    packages = contents.read(layer)
    metadata = [data for name, data in packages.items() if name.endswith("/METADATA")]
    names = extra.packages(metadata, whole.stage)
    below = f"{dependencies.site_packages(whole.stage)}/"
    theirs = {below + path for path in _files(packages, names)}
    total = 0
    for file in (function, layer):
        with ZipFile(file) as packed:
            total += sum(
                entry.compress_size
                for entry in packed.infolist()
                if extra.owns(entry.filename) or _source(entry.filename) in theirs
            )
    return total


def _files(packages: contents.Files, names: set[str]) -> set[str]:
    found: set[str] = set()
    for record, data in packages.items():
        if record.endswith(".dist-info/RECORD"):
            name = BytesHeaderParser().parsebytes(packages[record[:-6] + "METADATA"])["Name"]
            if canonicalize_name(name) in names:
                found |= {row[0] for row in contents.rows(data)}
    return found


def _source(path: str) -> str:
    """The .py of a .pyc; any other path as it is."""
    return re.sub(r"__pycache__/(\w+)\.[\w-]+\.pyc$", r"\1.py", path)
