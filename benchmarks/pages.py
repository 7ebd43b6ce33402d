"""What a page of a list costs, whatever the table holds: at 1,000 users, 10,000, 100,000, ...

    .venv/bin/python benchmarks/pages.py 1000 10000 100000

dynoxide is filled, and the app asked in this process as Lambda asks it. Requests and capacity are
what DynamoDB is paid for: the most of any page. Milliseconds are the least, so that what else the
machine does is left out; those that the client waits are nearly all the engine's. Prints a table in
Markdown. With TMPDIR in memory, a million users take some ten minutes.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "vendor")]

from tqdm import tqdm  # noqa: E402 - the path above comes first

from tests.engines import CREDENTIALS, REGION, STAGE, dynoxide  # noqa: E402 - see above
from tests.proxied import Tables  # noqa: E402 - see above

PAGES = 60  # of each kind
FILLED = 5000  # users between two moves of the bar
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


def main() -> None:
    sizes = sorted(int(text) for text in sys.argv[1:]) or [1000, 10_000, 100_000]
    print("| users | list | DynamoDB requests | capacity units | CPU of the app, ms | all, ms |")
    print("|-:|-|-:|-:|-:|-:|")
    with tempfile.TemporaryDirectory() as folder, dynoxide(Path(folder)) as engine:
        _enter(engine.url)
        there = 0
        for size in sizes:
            _fill(Tables(engine.url), there, size)
            there = size
            for name, query in KINDS.items():
                cost = _measured(query)
                print(
                    f"| {size:,} | {name} | {cost.requests:g} | {cost.capacity:g} "
                    f"| {cost.cpu:.2f} | {cost.waited:.2f} |",
                    flush=True,
                )


def _enter(url: str) -> None:
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    os.environ.update(config["environment_variables"])
    os.environ.update(config["stages"][STAGE]["environment_variables"])
    os.environ.update(CREDENTIALS | {"AWS_REGION": REGION, "AWS_ENDPOINT_URL_DYNAMODB": url})
    os.environ["LOG_LEVEL"] = "ERROR"


def _fill(tables: Tables, start: int, stop: int) -> None:
    with tqdm(initial=start, total=stop, unit=" users", disable=None) as bar:
        for begun in range(start, stop, FILLED):
            upto = min(begun + FILLED, stop)
            tables.fill("users", _users(begun, upto))
            bar.update(upto - begun)


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


def _measured(query: dict[str, str]) -> Cost:
    """Pages of 20, one behind the other."""
    ask = _asking()
    costs, cursor = [], ""
    for _ in range(PAGES):
        cost, page = ask(query | ({"cursor": cursor} if cursor else {}))
        costs.append(cost)
        cursor = page["next_cursor"] or ""
        assert len(page["items"]) == 20
    requests, capacity, cpu, waited = zip(*costs, strict=True)
    return Cost(max(requests), max(capacity), min(cpu), min(waited))


def _asking() -> Callable[[dict[str, str]], tuple[Cost, dict[str, Any]]]:
    from app import app
    from chalicekit.call import current

    def ask(query: dict[str, str]) -> tuple[Cost, dict[str, Any]]:
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
