"""One HTTP request has one answer, byte for byte, whichever event AWS makes of it."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

import pytest
from chalice.app import Chalice
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from chalicekit import fields, items
from tests import events
from tests.events import Answer, Request
from tests.targets import Target, loaded, moto

pytestmark = [pytest.mark.slow, pytest.mark.users]  # hundreds of requests

# Each example is several requests: to shrink one would last longer than a test may.
QUICKLY = settings(phases=[phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)])
STAGE = "dev"
JSON, PATCH = "application/json", "application/merge-patch+json"
ADA = {"id": "ada", "name": "Ada", "email": "ada@example.com"}
BOB = {"id": "bob", "name": "Bob", "email": "bob@example.com"}
ETAG = "0" * 16
TWICE = [("Idempotency-Key", "a"), ("idempotency-key", "b")]


def words(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from(text.split())


PATHS = words(
    "/ /users /users/ada /users/ada/ /users/%61da /users/a%2Fda /users/a%252Fda /users//ada /users/"
    " /users// //users /users/ada/x /dev /dev/users /health /errors /openapi.json /nope/%C3%A9/x"
    " /nope/%20+%25 /%2e%2e/users /users/%FF /users/{id} /users/a;b=c,d@e /%24default"
)
PAIRS = words(
    "limit=1 limit=2 limit= limit=%31 %6Cimit=1 limit id=ada id=x id=ada,x id=ada%2Cx"
    " email=ada%40example.com email=a+b@x.org email=a%2Bb@x.org sort=-created_at q=%E9 q=é"
    " cursor=x a=b;limit=1 = =x & %26=%3D deep=true"
)
QUERIES = st.one_of(
    st.lists(PAIRS, max_size=3).map("&".join), st.text("ail=1&+%,; []", max_size=12)
)
NAMES = words(
    "Accept accept ACCEPT-LANGUAGE Origin If-Match if-none-match Idempotency-Key Cookie"
    " X-Request-Id Content-Encoding Access-Control-Request-Method x-many X-Many"
)
VALUES = words(f'*/* text/html http://localhost:3000 "{ETAG}" "other" * identity PATCH key-1')
ODD_VALUES = st.sampled_from(["one, two", "a=1; b=2", "", "é".encode().decode("latin-1")])
HEADERS = st.lists(st.tuples(NAMES, st.one_of(VALUES, ODD_VALUES)), max_size=4)
TYPES = words(f"{JSON} {PATCH} text/plain application/octet-stream application/x-other x")
ODD_TYPES = st.sampled_from(["Application/JSON; charset=utf-8", "", None])
BODIES = st.sampled_from([b"", b"{}", b"[", b"\x00\xff", b"\xef\xbb\xbf{}", b"[" * 9000])
USERS = st.sampled_from(
    [
        *(
            b'{"name": "x"}',
            b'{"name": "\xff"}',
            '{"name": "é"}'.encode(),
            '{"name": "�"}'.encode(),
        ),
        *(json.dumps(user).encode() for user in (ADA, BOB)),
    ]
)


def as_request(
    method: str,
    path: str,
    query: str,
    headers: list[tuple[str, str]],
    kind: str | None,
    body: bytes,
) -> Request:
    typed = [] if kind is None else [("Content-Type", kind)]
    return Request(method, path, query, (*headers, *typed), body)


METHODS = words("GET HEAD POST PUT PATCH DELETE OPTIONS")
MORE = (QUERIES, HEADERS, st.one_of(TYPES, ODD_TYPES), st.one_of(BODIES, USERS))


class Noon(datetime):
    """Time stands still."""

    @classmethod
    def now(cls, tz: Any = None) -> "Noon":
        return cls(2026, 11, 20, 12, tzinfo=tz or UTC)


@pytest.fixture(scope="module")
def still() -> Iterator[Target]:
    """Moto, where two that do the same thing leave the same."""
    patch = pytest.MonkeyPatch()
    patch.setattr(fields, "uuid", SimpleNamespace(uuid4=lambda: uuid.UUID(int=7)))
    patch.setattr(fields, "datetime", Noon)
    patch.setattr(items, "secrets", SimpleNamespace(token_hex=lambda _: ETAG))
    with patch.context(), moto(Path()) as still:
        yield still
    patch.undo()


@pytest.fixture(scope="module")
def answer(still: Target) -> Callable[[dict[str, Any]], Answer]:
    """The answer to an event, on tables with Ada alone."""
    app: Chalice = loaded()
    made = json.dumps(ADA).encode()
    ada = events.url(Request("POST", "/users", headers=[("Content-Type", JSON)], body=made))

    def ask(event: dict[str, Any]) -> Answer:
        still.clear("users", "id")
        still.clear("claims", "pk")
        assert app(ada, None)["statusCode"] == 201
        sent = app(json.loads(json.dumps(event)), None)
        return events.answer(json.loads(json.dumps(sent)))

    return ask


def routes() -> list[str]:
    return [*loaded().routes]


@given(asked=st.builds(as_request, METHODS, PATHS, *MORE))
@settings(QUICKLY, max_examples=150)
@example(asked=as_request("GET", "/users", "limit=1&email=&email=a%2Bb@x.org", [], None, b""))
@example(asked=as_request("PATCH", "/users/ada", "", [], PATCH, b'{"name": "\xff"}'))
@example(asked=as_request("POST", "/users", "", TWICE, JSON, json.dumps(BOB).encode()))
def test_a_rest_api_or_a_function_url(answer: Callable[..., Answer], asked: Request) -> None:
    expected = answer(events.rest(asked, routes(), mapping="", request_id="same"))
    assert answer(events.rest(asked, mapping="", request_id="same")) == expected
    assert answer(events.url(asked, request_id="same")) == expected


def survives(path: str) -> bool:
    """Whether a path is the same once an HTTP API has decoded it."""
    return quote(unquote(path), "/!$&'()*+,;=:@") == path


@given(asked=st.builds(as_request, METHODS, PATHS.filter(survives), *MORE))
@settings(QUICKLY, max_examples=50)
def test_a_rest_api_or_an_http_api(answer: Callable[..., Answer], asked: Request) -> None:
    every = "ANY /{proxy+}" if asked.path.strip("/") else "ANY /"
    expected = answer(events.rest(asked, routes(), stage=STAGE, request_id="same"))
    for of_http_api in (events.http_api, events.http_api_1):
        for route in ("$default", every):
            event = of_http_api(asked, stage=STAGE, route=route, request_id="same")
            assert answer(event) == expected, route
    expected = answer(events.rest(asked, routes(), mapping="/v1/x", request_id="same"))
    mapped = events.http_api_1(asked, stage=STAGE, route=every, mapping="/v1/x", request_id="same")
    assert answer(mapped) == expected
