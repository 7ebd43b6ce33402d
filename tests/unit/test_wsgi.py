"""The API as a WSGI application: as strict as the standard's own validator, as a function URL."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicekit import wsgi
from chalicekit.api import Api
from tests import events
from tests.events import Request
from tests.targets import fresh, in_process

HEADERS = (("Host", "x"), ("Origin", "http://localhost:3000"))
JSON = ("Content-Type", "application/json")


@pytest.fixture(scope="module")
def app() -> Iterator[Api]:
    with fresh(), in_process() as (app, _):
        assert isinstance(app, Api)
        yield app


def environ(request: Request) -> dict[str, Any]:
    """The request as gunicorn hands it on."""
    made: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "RAW_URI": f"{request.path}?{request.query}" if request.query else request.path,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "REMOTE_ADDR": "192.0.2.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": io.BytesIO(request.body),
    }
    if request.body:
        made["CONTENT_LENGTH"] = str(len(request.body))
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        made[key] = f"{made[key]},{value}" if key in made else value
    setup_testing_defaults(made)
    return made


def ask(
    handler: wsgi.Lambda, asked: Request | dict[str, Any], check: Callable[[Any], Any] = validator
) -> events.Answer:
    """The answer of the application, which the standard's validator has looked at."""
    begun: list[tuple[int, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[..., Any]:
        begun.append((int(status[:3]), headers))
        return lambda _: None

    given = environ(asked) if isinstance(asked, Request) else asked
    parts = check(wsgi.application(handler))(given, start_response)
    body = b"".join(parts)
    getattr(parts, "close", bool)()
    ((status, headers),) = begun
    return events.Answer(status, headers, body)


def unchecked(application: Any) -> Any:
    """In place of the validator, which takes no such request; a server might."""
    return application


def seen(asked: Request | dict[str, Any]) -> dict[str, Any]:
    """The event that a request becomes."""
    found: list[dict[str, Any]] = []

    def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
        found.append(event)
        return {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": ""}

    ask(handler, asked)
    (event,) = found
    return event


def comparable(answer: events.Answer) -> tuple[int, set[tuple[str, str]], bytes]:
    """Without framing, which WSGI adds."""
    left_out = ("content-length",)
    headers = {(n.lower(), v) for n, v in answer.headers if n.lower() not in left_out}
    if answer.status in (204, 304):
        headers = {pair for pair in headers if pair[0] != "content-type"}
    return answer.status, headers, answer.body


PATHS = st.one_of(
    st.sampled_from(["/", "/users", "/users/", "/users//7", "//", "/errors", "/openapi.json"]),
    st.text("ab7/%.~é{}", max_size=8).map(lambda text: "/" + "".join(map(encoded, text))),
    st.text("abc-_7%é /", min_size=1, max_size=9).map(
        lambda text: "/users/" + "".join(map(encoded, text))
    ),
)
QUERIES = st.one_of(
    st.just(""),
    st.lists(
        st.sampled_from(
            ["limit=2", "limit=x", "sort=created_at", "a=%C3%A9", "a=1&a=2", "email=", "="]
        )
    ).map("&".join),
)
NAMES = (
    "Accept",
    "Cookie",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "X-Odd",
    "Content-Type",
)
VALUES = [
    "*",
    '"a"',
    "application/json",
    "text/html",
    "a=1; b=2",
    "x",
    "",
    "é".encode().decode("latin-1"),
]
REQUESTS = st.builds(
    Request,
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]),
    path=PATHS,
    query=QUERIES,
    headers=st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), unique_by=lambda pair: pair[0]
    ).map(lambda more: (*HEADERS, ("X-Request-Id", "fixed"), *more)),
    body=st.sampled_from([b"", b"{}", b"[", b'{"name": 1}', b"\xff", '{"a": "é"}'.encode()]),
)


def encoded(character: str) -> str:
    return (
        "".join(f"%{byte:02X}" for byte in character.encode())
        if character in "é %{}"
        else character
    )


@given(REQUESTS)
@example(Request("GET", "/health", headers=(*HEADERS, ("X-Request-Id", "fixed"))))
def test_the_answer_is_that_to_a_function_url(app: Api, request: Request) -> None:
    expected = events.answer(app(events.url(request), wsgi.Context("made")))
    assert comparable(ask(app, request)) == comparable(expected)


@given(REQUESTS)
def test_the_event_says_what_that_of_a_function_url_says(request: Request) -> None:
    made, of_aws = seen(request), events.url(request)
    added = {"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
    left_out = added | {"content-length", "cookie"}  # cookies: see below
    assert made["headers"].keys() - left_out == of_aws["headers"].keys() - left_out
    for name in ("version", "rawPath", "rawQueryString", "routeKey", "cookies"):
        assert made.get(name) == of_aws.get(name), name
    for name in ("method", "path", "protocol", "sourceIp"):
        assert made["requestContext"]["http"][name] == of_aws["requestContext"]["http"][name], name


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"RAW_URI": "/a%2Fb?x=/c"}, "/a%2Fb"),
        ({"REQUEST_URI": "/a%2fb#c"}, "/a%2fb"),
        ({"RAW_URI": "http://host//a%2Fb?x"}, "/a%2Fb"),
        ({"RAW_URI": "http://host"}, "/"),
        ({"RAW_URI": "*"}, "/"),
        ({"RAW_URI": "host:443"}, "/"),
        ({"RAW_URI": "//a"}, "//a"),
        ({"RAW_URI": "/%c3%A9\xc3\xa0"}, "/%c3%A9%C3%A0"),
        ({"PATH_INFO": "/a b/\xc3\xa9%"}, "/a%20b/%C3%A9%25"),
        ({"PATH_INFO": "/users/a:b@c~d"}, "/users/a:b@c~d"),
    ],
)
def test_the_path_is_as_sent(given: dict[str, str], path: str) -> None:
    asked = environ(Request("GET", "/")) | {"RAW_URI": ""} | given
    event = seen(asked)
    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == (path, path)


def test_bytes_in_a_query_are_encoded() -> None:
    assert (
        seen(environ(Request("GET", "/")) | {"QUERY_STRING": "x=\xc3\xa0"})["rawQueryString"]
        == "x=%C3%A0"
    )


class Stingy(io.BytesIO):
    """Gives less than asked for, as a socket does."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size >= 0, "all at once: nothing bounds that"
        got = super().read(min(size, 1000))
        self.taken += len(got)
        return got


def post(body: io.BytesIO, **more: Any) -> dict[str, Any]:
    return (
        environ(Request("POST", "/wares", headers=(*HEADERS, JSON))) | {"wsgi.input": body} | more
    )


def problem(answer: events.Answer) -> tuple[int, str]:
    headers = {name.lower(): value for name, value in answer.headers}
    document = json.loads(answer.body)
    assert headers["content-type"] == "application/problem+json"
    assert headers["content-length"] == str(len(answer.body))
    assert headers["access-control-allow-origin"] == "http://localhost:3000"
    assert document["instance"] == f"urn:request:{headers['x-request-id']}"
    assert document["status"] == answer.status
    return answer.status, document["code"]


@pytest.mark.parametrize("size", [1, 999, 1000, 1001, 65_536])
def test_a_body_is_read_to_its_end_and_no_further(app: Api, size: int) -> None:
    body = Stingy(b"{" + b" " * (size - 1) + b"the next request")
    answer = ask(app, post(body, CONTENT_LENGTH=str(size)))
    assert problem(answer) == (400, "invalid_json")
    assert body.taken == size
    whole = ask(app, post(Stingy(b"{" * size), **{"wsgi.input_terminated": True}))
    assert problem(whole) == (400, "invalid_json")


def test_without_a_length_or_an_end_there_is_no_body(app: Api) -> None:
    body = Stingy(b"{}")
    assert problem(ask(app, post(body))) == (400, "invalid_json")
    assert body.taken == 0


@pytest.mark.parametrize(
    ("length", "status", "code"),
    [
        ("3", 400, "bad_request"),
        ("-1", 400, "bad_request"),
        ("x", 400, "bad_request"),
        ("²", 400, "bad_request"),
        (str(wsgi.MAX_BYTES + 1), 413, "body_too_large"),
        ("9" * 5000, 413, "body_too_large"),
        ("0" * 5000 + "2", 422, "invalid_body"),
    ],
)
def test_a_wrong_length_is_refused_before_it_is_read(
    app: Api, length: str, status: int, code: str
) -> None:
    body = Stingy(b"{}")
    answer = ask(app, post(body, CONTENT_LENGTH=length), unchecked)
    assert problem(answer) == (status, code)
    assert body.taken == (2 if length in ("3", "0" * 5000 + "2") else 0)


def test_a_body_without_a_length_is_bounded(app: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wsgi, "MAX_BYTES", 5000)
    body = Stingy(b"x" * 50_000)
    answer = ask(app, post(body, **{"wsgi.input_terminated": True}))
    assert problem(answer) == (413, "body_too_large")
    assert body.taken == 5001


@pytest.mark.parametrize(("given", "kept"), [("mine", True), ("not mine", False), (None, False)])
@pytest.mark.parametrize("length", ["2", "x"])
def test_a_request_id_is_kept_or_made(app: Api, given: str | None, kept: bool, length: str) -> None:
    more = {"HTTP_X_REQUEST_ID": given} if given else {}
    asked = [post(io.BytesIO(b"{}"), CONTENT_LENGTH=length, **more) for _ in range(2)]
    ids = [dict(ask(app, one, unchecked).headers)["X-Request-Id"] for one in asked]
    assert (ids == [given] * 2) == kept
    assert kept or len({*ids, "-", ""}) == 4


REPEATED = {
    "headers": {"X": "1"},
    "multiValueHeaders": {"Y": ["2", "3"]},
    "cookies": ["a=1", "b=2"],
}
PAIRS = [("X", "1"), ("Y", "2"), ("Y", "3"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
NOTHING = ("Content-Length", "0")


@pytest.mark.parametrize(
    ("sent", "headers", "body"),
    [
        ({"body": "é"}, [("Content-Length", "2")], b"\xc3\xa9"),
        ({"body": "w6k=", "isBase64Encoded": True}, [("Content-Length", "2")], b"\xc3\xa9"),
        ({"body": None}, [NOTHING], b""),
        ({"headers": {"content-length": "7"}}, [NOTHING], b""),
        (REPEATED, [*PAIRS, NOTHING], b""),
        ({"statusCode": 204, "headers": {"Content-Type": "a/b", "X": "1"}}, [("X", "1")], b""),
        ({"statusCode": 304, "headers": {"Content-Length": "2"}, "body": "ab"}, [], b""),
    ],
)
def test_an_answer_is_framed(
    sent: dict[str, Any], headers: list[tuple[str, str]], body: bytes
) -> None:
    answer = {"statusCode": 200} | sent
    assert wsgi.as_http(answer, "GET")[1:] == (headers, body)
    assert wsgi.as_http(answer, "HEAD")[2] == b""


@pytest.mark.parametrize(
    ("status", "line"), [(200, "200 OK"), (418, "418 I'm a Teapot"), (499, "499 -")]
)
def test_a_status_has_a_phrase(status: int, line: str) -> None:
    assert wsgi.as_http({"statusCode": status}, "GET")[0] == line
