"""Pages of users, asked of the app in this process, as Lambda asks it, and what each costs."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from benchmarks import warm
from benchmarks.counting import EVENT
from tests.engines import CREDENTIALS, REGION, STAGE, Engine, dynoxide
from tests.proxied import Tables
from tools import ROOT

FILLED = 5000  # users between two moves of the bar


class Cost(NamedTuple):
    """Of a page."""

    requests: int
    capacity: float
    cpu: float  # ms
    waited: float  # ms


@contextmanager
def filled(folder: Path, size: int) -> Iterator[Engine]:
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


def asking() -> Callable[..., tuple[Cost, dict[str, Any]]]:
    """A function that asks for a page, and says what it cost."""
    _enter()
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


def _event(query: dict[str, str]) -> dict[str, Any]:
    asked = {name: [value] for name, value in query.items()} or None
    return warm.events(EVENT)["list"] | {"multiValueQueryStringParameters": asked}
