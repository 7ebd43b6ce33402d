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
import json
import os
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "vendor")]

from tqdm import tqdm  # noqa: E402 - the path above comes first

from benchmarks import curve  # noqa: E402 - see above
from tests.engines import CREDENTIALS, REGION, STAGE, Engine, dynoxide  # noqa: E402 - see above
from tests.proxied import Tables  # noqa: E402 - see above

PAGES, ROUNDS = 3, 30  # of each kind: so many, one behind the other, in each round
FILLED = 5000  # users between two moves of the bar
DOCUMENT, PLOT = ROOT / "docs/scaling.md", ROOT / "docs/scaling.svg"
MARKED = re.compile(r"(?s)(<!-- measured -->\n).*(<!-- end -->)")
USER = 200  # bytes of one, about
HALF_UNIT = 4096  # bytes that are read for half a unit, where they need not be the latest
KINDS: dict[str, dict[str, str]] = {
    "the table's own order": {},
    "newest first": {"sort": "-created_at"},
}


class Cost(NamedTuple):
    """Of a page."""

    requests: int
    capacity: float
    cpu: float  # ms
    waited: float  # ms


Measured = dict[tuple[int, str], Cost]  # by number of users, and kind


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sizes", nargs="*", type=int, default=[1000, 10_000, 100_000])
    arguments.add_argument("--write", action="store_true", help="into docs/scaling.md and .svg")
    given = arguments.parse_args()
    sizes = sorted({*given.sizes})
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        engines = {size: stack.enter_context(_filled(Path(folder), size)) for size in sizes}
        found = _measured({size: engine.url for size, engine in engines.items()})
    print(table(found))
    if given.write:
        when = f"Measured on {dt.datetime.now(dt.UTC).date()}:"
        text = f"{when}\n\n{table(found)}\n"
        DOCUMENT.write_text(MARKED.sub(lambda m: m[1] + text + m[2], DOCUMENT.read_text()))
        PLOT.write_text(curve.draw(panels(found)))


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


@contextmanager
def _filled(folder: Path, size: int) -> Iterator[Engine]:
    """An engine with that many users."""
    own = folder / str(size)
    own.mkdir()
    with dynoxide(own) as engine, tqdm(total=size, unit=" users", disable=None) as bar:
        tables = Tables(engine.url)
        for begun in range(0, size, FILLED):
            upto = min(begun + FILLED, size)
            tables.fill("users", _users(begun, upto))
            bar.update(upto - begun)
        bar.close()
        yield engine


def _enter() -> None:
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    os.environ.update(config["environment_variables"])
    os.environ.update(config["stages"][STAGE]["environment_variables"])
    os.environ.update(CREDENTIALS | {"AWS_REGION": REGION, "LOG_LEVEL": "ERROR"})


def _users(start: int, stop: int) -> Iterator[dict[str, Any]]:
    """Users as the app keeps them, a second after each other; their keys are in no order."""
    for number in range(start, stop):
        when = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1_700_000_000 + number))
        members = {
            "id": f"{number * 2_654_435_761 % 2**32:08x}-{number}",
            "name": f"Ada Lovelace the {number}th",
            "email": f"ada.lovelace.{number}@example.org",
            "created_at": when,
            "updated_at": when,
            "etag": f"{number:016x}",
            "_table": "users",
        }
        yield {name: {"S": value} for name, value in members.items()}


def _measured(urls: Mapping[int, str]) -> Measured:
    _enter()
    ask = _asking()
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


def _asking() -> Callable[..., tuple[Cost, dict[str, Any]]]:
    # Only now, with the settings in the environment.
    from app import app
    from chalicekit import dynamodb
    from chalicekit.call import current

    def ask(query: dict[str, str], url: str = "") -> tuple[Cost, dict[str, Any]]:
        """A page; `url` is of another engine, from then on."""
        if url:
            os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = url
            dynamodb.reset()
        event = _event(query)
        begun, cpu = time.perf_counter(), time.process_time()
        answer = app(event, None)
        spent = (time.process_time() - cpu) * 1000, (time.perf_counter() - begun) * 1000
        assert answer["statusCode"] == 200, answer
        call = current()
        return Cost(call.requests, call.capacity, *spent), json.loads(answer["body"])

    return ask


def _event(query: dict[str, str]) -> dict[str, Any]:
    return {
        "headers": {"accept": "application/json"},
        "multiValueHeaders": None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {"resourcePath": "/users", "path": "/dev/users", "httpMethod": "GET"},
    }


if __name__ == "__main__":
    main()
