"""The work that all do: its events, the users it finds, and whether an answer is right."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.bench.build import Built
from benchmarks.bench.run import APP, STAGE, Crashed, Json, Process
from tests import events
from tests.engines import Engine, dynoxide
from tests.proxy import Proxy
from tools.refusals import Refusal

# The last three are of features, and not of what is compared.
ROUTES = ("/users", "/users/{id}", "/charts/preview", "/docs", "/greeting")
SHOWN = ("id", "name", "email", "created_at")
# What this project tells a REST API: then bodies come as base64.
ALL_BINARY = re.compile(".*")
USERS = [
    {
        "id": f"8f507cfc-9d35-4cd7-9f0e-1b5a5c2f{n:04}",
        "name": f"Ada Lovelace the {n:02}th",
        "email": f"ada{n:02}@example.org",
        "created_at": "2026-11-20T14:40:11.902Z",
        "updated_at": "2026-11-20T14:40:11.902Z",
        "etag": f"8be2d1f5b1a9{n:04}",
        "_table": "users",
    }
    for n in range(50)
]
WRONG = (
    {"name": "", "email": "a@example.org"},
    {"name": "A" * 101, "email": "a@example.org"},
    {"name": "Ada", "email": "ada"},
    {"name": "Ada"},
)
INVALID = (400, 422)
_fresh = itertools.count()


class WrongAnswer(Refusal):
    """It does not do the work, so there is nothing to measure."""

    def __init__(self, name: str, said: object) -> None:
        super().__init__(f"{name} is not measured, since it does not do the work: {said}")


def get(built: Built, number: int = 7) -> Json:
    return event(built, "GET", f"/users/{USERS[number]['id']}")


def listed(built: Built) -> Json:
    return event(built, "GET", "/users", query="limit=20")


def post(built: Built, body: Json | None = None) -> Json:
    """A new user each time, with an e-mail of its own."""
    new = {"name": "Grace Hopper", "email": f"grace{next(_fresh):06}@example.org"}
    return event(built, "POST", "/users", body=new if body is None else body)


OPERATIONS: dict[str, Callable[[Built], Json]] = {
    "get": get,
    "list": listed,
    "post": post,
}  # last: what is new would be in lists


def event(built: Built, method: str, path: str, *, query: str = "", body: Any = None) -> Json:
    """As a REST API makes it."""
    headers = [("Accept", "application/json"), ("User-Agent", "benchmark")]
    headers += [("Content-Type", "application/json")] if body is not None else []
    data = b"" if body is None else json.dumps(body).encode()
    binary = ALL_BINARY if built.peer.made == "this" else events.BINARY
    request = events.Request(method, path, query, headers, data)
    return events.rest(request, ROUTES, request_id="benchmark", binary=binary)


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """A dynoxide with the tables of this project, and users as this project writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    with dynoxide(folder, app=APP, stage=STAGE) as running:
        client = running.client()
        for user in USERS:
            item = {name: {"S": value} for name, value in user.items()}
            client.put_item(TableName=f"{APP}-{STAGE}-users", Item=item)
        yield running


def environment(url: str) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL_DYNAMODB": url}


def check(built: Built, url: str) -> dict[str, str]:
    """Which requests to DynamoDB each operation makes. Raises WrongAnswer."""
    with Proxy(url) as proxy, Process(built, environment(proxy.url)) as process:
        try:
            asked = {}
            for name, make in OPERATIONS.items():
                proxy.counts.clear()
                CHECKS[name](process.ask(make(built)))
                asked[name] = " + ".join(f"{n} {what}" for what, n in proxy.counts.items())
            _refuses(built, process)
        except (AssertionError, Crashed, KeyError, ValueError) as error:
            raise WrongAnswer(built.name, error) from None
        return asked


def _refuses(built: Built, process: Process) -> None:
    for body in WRONG:
        status = _status(process.ask(post(built, body)))
        assert status in INVALID, f"{body} is a {status}"
    body = {"name": "Grace", "email": f"twice{next(_fresh):06}@example.org"}
    statuses = [_status(process.ask(post(built, body))) for _ in range(2)]
    assert statuses == [201, 409], f"an e-mail that is taken is {statuses}"
    status = _status(process.ask(event(built, "GET", "/users/nobody")))
    assert status == 404, f"nobody is a {status}"
    status = _status(process.ask(event(built, "GET", "/users", query="limit=0")))
    assert status in INVALID, f"limit=0 is a {status}"


def _gets(sent: Json) -> None:
    status, body = _answer(sent)
    assert status == 200, sent
    assert _shown(body) == _shown(USERS[7]), body


def _creates(sent: Json) -> None:
    status, body = _answer(sent)
    assert status == 201, sent
    assert body["name"] == "Grace Hopper", body
    assert all(body[name] for name in SHOWN), body


def _lists(sent: Json) -> None:
    status, body = _answer(sent)
    assert status == 200, sent
    assert len(body["items"]) == 20, body
    assert body["next_cursor"], body
    known = {user["id"]: _shown(user) for user in USERS}
    for item in body["items"]:
        assert known.get(item["id"], _shown(item)) == _shown(item), item


CHECKS: dict[str, Callable[[Json], None]] = {"get": _gets, "post": _creates, "list": _lists}


def _status(sent: Json) -> int:
    return events.answer(sent).status


def _answer(sent: Json) -> tuple[int, Any]:
    answer = events.answer(sent)
    return answer.status, json.loads(answer.body)


def _shown(user: Json) -> Json:
    return {name: user[name] for name in SHOWN}
