"""What this project's features add: to the payload, and to the start of a stage that uses them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
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
from tools.deploy import contents, dependencies, extras

ROUNDS = 5
THIS = PEERS[-1]
CHART = {
    "type": "line",
    "labels": ["1", "2", "3"],
    "datasets": [{"label": "Left", "data": [3, 2, 1]}],
}
MOUNTS = extras.Extra("for mounts", frozenset(), 0.0, "mounts")
ALL = "a user, with all features there"


@dataclass(frozen=True)
class Added:
    """What one feature costs."""

    title: str
    zipped: int | None = None  # bytes of the payload; None: no part of one
    cold: float = 0.0  # instructions to the first answer
    milliseconds: float = 0.0  # as cold, the median


def measured(url: str, step: Step) -> list[Added]:
    """Of each feature; first a GET of a user where all are there, and none is used."""
    whole = own.whole()
    built = Built(THIS, True, whole.path, whole.zipped, 0)
    sizes = _sizes(whole)
    with Issuing() as issuer:
        bearer = issuer.bearer(exp=4102444800, scope="users:read")
        user = work.get(built)
        signed = user | {"multiValueHeaders": {name: [text] for name, text in bearer.items()}}
        cases: list[tuple[str, dict[str, str], Json]] = [
            (ALL, {}, user),
            ("a user, with a token", issuer.settings | {"AUTH": ""}, signed),
            ("a chart, as SVG", {}, work.event(built, "POST", "/charts/preview", body=CHART)),
            ("the page /docs", {}, work.event(built, "GET", "/docs")),
            ("a mounted application", {}, work.event(built, "GET", "/greeting")),
        ]
        found = [
            Added(title, sizes.get(title), _count(built, work.environment(url) | env, event, step))
            for title, env, event in cases
        ]
        times: list[list[float]] = [
            [_time(built, work.environment(url) | env, event) for _, env, event in cases]
            for _ in range(ROUNDS)
        ]
    medians = [median(values) for values in zip(*times, strict=True)]
    return [replace(one, milliseconds=ms) for one, ms in zip(found, medians, strict=True)]


def _count(built: Built, env: dict[str, str], event: Json, step: Step) -> float:
    with Process(built, env, counting=True) as process:
        answer = process.ask(event)
        if answer["statusCode"] != 200:
            raise work.WrongAnswer(f"{event['path']}: {answer}")
        counted = process.count()
    step(f"counted {event['path']}")
    return counted


def _time(built: Built, env: dict[str, str], event: Json) -> float:
    milliseconds, process = measure.started(built, env, event)
    with process:
        return milliseconds


def _sizes(whole: own.Own) -> dict[str, int]:
    """Bytes in the zips, by the title of what is told."""
    named = {extra.title: extra for extra in extras.extras()}
    titles = {
        "a user, with a token": named.get("to check tokens"),
        "a chart, as SVG": named.get("for charts"),
        "the page /docs": named.get("for reference"),
        "a mounted application": MOUNTS,
    }
    return {title: _zipped(whole, extra) for title, extra in titles.items() if extra}


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
