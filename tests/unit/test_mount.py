"""A WSGI application below a path: what it is told, what becomes of what it says, the limits."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from wsgiref.validate import validator

import pytest

from chalicekit import mount
from chalicekit.api import Api, complete
from chalicekit.call import Call
from chalicekit.endpoint import Routes
from chalicekit.mount import MOST_BYTES, TEXT_BYTES
from tests import events
from tests.engines import free_port
from tests.events import Answer, Request
from tests.issuing import Issuing
from tests.targets import Configure, in_process

Environ = dict[str, Any]
PIXEL = b"\x89PNG\r\n\x1a\n\xff\x00"
OK = ("200 OK", [("Content-Type", "text/plain")])
ORIGIN = ("Origin", "http://localhost:3000")
EVERY = re.compile(".*", re.DOTALL)  # of a REST API whose binary types are */*


@dataclass
class Odd:
    """An application whose every word a test can choose."""

    run: Callable[[Environ, Callable[..., Any]], Iterable[bytes]] = lambda _, start: (
        start(*OK),
        [b"as usual"],
    )[1]
    environ: Environ = field(default_factory=dict)
    body: bytes = b""

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        self.environ = environ
        self.body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        return self.run(environ, start)

    def gives(self, *parts: bytes, status: str = "200 OK", headers: Any = OK[1]) -> None:
        def run(_: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
            start(status, headers)
            return list(parts)

        self.run = run


ODD = Odd()
NAMED = "tests.unit.test_mount:ODD"
routes = Routes(__name__)
routes.mount("/odd", ODD, public=True)
routes.mount("/strict", validator(ODD), public=True)
routes.mount("/two/deep", NAMED, public=True)
routes.mount("/closed", ODD)
routes.mount("/scoped", ODD, scope="shop")


@routes.get("/odd/status")
def status() -> dict[str, str]:
    return {"own": "route"}


@pytest.fixture(scope="module")
def app() -> Iterator[Api]:
    made = Api("mounted")
    made.register_blueprint(routes)
    complete(made)
    with in_process(AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{free_port()}"):
        yield made


@pytest.fixture
def odd() -> Odd:
    ODD.__init__()  # type: ignore[misc]  # as new, whichever name it was imported by
    return ODD


# Each way in: from a request to an event, and the path before the API.
WAYS: dict[str, tuple[Callable[[Request], Any], str]] = {
    "rest": (lambda r: events.rest(r, [*routes._offered], binary=EVERY), "/dev"),
    "greedy rest": (lambda r: events.rest(r, binary=EVERY), "/dev"),
    "mapping": (lambda r: events.rest(r, mapping="/v1/x", binary=EVERY), "/v1/x"),
    "url": (events.url, ""),
    "http api": (lambda r: events.http_api(r, stage="dev"), "/dev"),
    "http api 1": (lambda r: events.http_api_1(r, route="ANY /{proxy+}"), ""),
}
EACH_WAY = pytest.mark.parametrize("way", WAYS)


def ask(app: Api, request: Request, way: str = "url") -> Answer:
    event = json.loads(json.dumps(WAYS[way][0](request)))
    return events.answer(json.loads(json.dumps(app(event, None))))


def get(app: Api, path: str = "/odd", **more: Any) -> Answer:
    return ask(app, Request("GET", path, **more))


def code(answer: Answer) -> str:
    assert dict(answer.headers)["Content-Type"] == "application/problem+json"
    found: str = json.loads(answer.body)["code"]
    return found


@EACH_WAY
@pytest.mark.parametrize("path", ["/odd", "/odd/", "/odd/a/b", "/odd/a/", "/odd//a", "/two/deep/x"])
def test_its_place(app: Api, odd: Odd, way: str, path: str) -> None:
    assert ask(app, Request("GET", path), way).status == 200
    name = "/two/deep" if path.startswith("/two") else "/odd"
    assert odd.environ["SCRIPT_NAME"] == WAYS[way][1] + name
    assert odd.environ["PATH_INFO"] == path.removeprefix(name)


@pytest.mark.parametrize("way", ["rest", "greedy rest", "url"])
@pytest.mark.parametrize(
    ("path", "info"),
    [
        ("/odd/%C3%A9%20b", "/é b".encode().decode("latin-1")),
        ("/odd/a%2Fb", "/a/b"),
        ("/odd/%252F", "/%2F"),
        ("/odd/%FF%00", "/\xff\x00"),
        ("/odd/../users", "/../users"),
        ("/odd/%2E%2E/users", "/../users"),
        ("/odd/..", "/.."),
    ],
)
def test_a_path_is_decoded_once_and_stays_below(
    app: Api, odd: Odd, way: str, path: str, info: str
) -> None:
    assert ask(app, Request("GET", path), way).status == 200
    assert odd.environ["PATH_INFO"] == info
    assert odd.environ["SCRIPT_NAME"].endswith("/odd")


def test_a_route_of_the_api_comes_first(app: Api, odd: Odd) -> None:
    assert json.loads(get(app, "/odd/status").body) == {"own": "route"}
    assert get(app, "/odd/status/x").body == b"as usual"
    assert code(get(app, "/oddly")) == "route_not_found"


@EACH_WAY
def test_what_it_is_told(app: Api, odd: Odd, way: str) -> None:
    sent = [
        *(("Host", "shop.example.org"), ("Cookie", "a=1; b=2"), ("X-Many", "1"), ("X-Many", "2")),
        *(("Content-Type", "a/b; c=d"), ("X_Many", "forged"), ("Proxy", "http://evil")),
    ]
    request = Request("POST", "/strict/x", "a=1&a=2&b=%26+%C3%A9&c", sent, PIXEL)
    assert ask(app, request, way).status == 200
    environ = odd.environ
    assert odd.body == PIXEL
    told = {name: environ[name] for name in environ if name.isupper()}
    assert told.pop("HTTP_X_REQUEST_ID")
    assert {name: told[name] for name in told if not name.startswith("HTTP_X_")} == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": WAYS[way][1] + "/strict",
        "PATH_INFO": "/x",
        "QUERY_STRING": "a=1&a=2&b=%26+%C3%A9&c=",
        "CONTENT_LENGTH": str(len(PIXEL)),
        "CONTENT_TYPE": "a/b; c=d",
        "SERVER_NAME": "shop.example.org",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": events.CLIENT,
        "HTTP_HOST": "shop.example.org",
        "HTTP_COOKIE": "a=1; b=2",
    }
    assert environ["HTTP_X_MANY"] == "1,2"
    assert environ["wsgi.url_scheme"] == "https"


@pytest.mark.parametrize(
    ("host", "forwarded", "name", "port", "scheme"),
    [
        ("127.0.0.1:8000", None, "127.0.0.1", "8000", "http"),
        ("example.org", None, "example.org", "80", "http"),
        ("example.org", "https", "example.org", "443", "https"),
        ("example.org", "http,https", "example.org", "443", "https"),
        ("example.org", "javascript", "example.org", "80", "http"),
        (None, None, "localhost", "80", "http"),
    ],
)
def test_where_it_is(
    host: str | None, forwarded: str | None, name: str, port: str, scheme: str
) -> None:
    given = {"host": host, "x-forwarded-proto": forwarded}
    call = Call(path="/odd", headers={n: v for n, v in given.items() if v is not None})
    environ = mount.environ(call, "/odd")
    found = (environ["SERVER_NAME"], environ["SERVER_PORT"], environ["wsgi.url_scheme"])
    assert found == (name, port, scheme)


def test_odd_characters_are_bytes() -> None:
    headers = {"x-name": "é", "x-sign": "€", "x-half": "\ud800"}
    environ = mount.environ(Call(headers=headers, query={"é\ud800": ["€"]}), "/odd")
    assert environ["HTTP_X_NAME"] == "é"
    assert environ["HTTP_X_SIGN"] == "€".encode().decode("latin-1")
    assert environ["HTTP_X_HALF"].encode("latin-1") == b"\xed\xa0\x80"
    assert environ["QUERY_STRING"] == "%C3%A9%ED%A0%80=%E2%82%AC"


@EACH_WAY
def test_what_it_answers(app: Api, odd: Odd, way: str) -> None:
    cookies = ["a=1; Path=/", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"]
    odd.gives(
        *(b"one, ", b"", "zwei: ü".encode()),
        status="404 No Such Thing",
        headers=[
            *(("content-type", "text/html; charset=utf-8"), ("Content-Length", "14")),
            *(("Set-Cookie", cookie) for cookie in cookies),
            *(("Cache-Control", "public, max-age=60"), ("vary", "Cookie"), ("Vary", "Accept")),
            *(("X-Content-Type-Options", "own"), ("Link", "</a>"), ("Link", "</b>")),
        ],
    )
    answer = ask(app, Request("GET", "/odd", headers=[ORIGIN]), way)
    assert (answer.status, answer.body) == (404, "one, zwei: ü".encode())
    headers = {name: value for name, value in answer.headers if name != "Set-Cookie"}
    assert [value for name, value in answer.headers if name == "Set-Cookie"] == cookies
    assert headers.pop("X-Request-Id")
    assert headers.pop("Access-Control-Expose-Headers")
    assert headers == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "public, max-age=60",
        "Vary": "Cookie, Accept, Origin",
        "X-Content-Type-Options": "own",
        "Link": "</a>, </b>",
        "Access-Control-Allow-Origin": ORIGIN[1],
    }


@EACH_WAY
@pytest.mark.parametrize("body", [PIXEL, b"\xff" * 10, b"x" * (TEXT_BYTES + 1), b"", b"\x00\n"])
def test_bytes_both_ways(app: Api, odd: Odd, way: str, body: bytes) -> None:
    odd.gives(body, headers=[("Content-Type", "image/png")])
    headers = [("Content-Type", "multipart/form-data; boundary=x")]
    assert ask(app, Request("POST", "/odd", headers=headers, body=body), way).body == body
    assert odd.body == body


def test_a_large_body_fits_into_an_event_and_back(app: Api, odd: Odd) -> None:
    """To the byte, with as many headers as API Gateway takes (10,240 bytes)."""
    body, most = b"\xff" * MOST_BYTES, 6 * 1024 * 1024
    headers = [(f"X-{n}", "x" * 1000) for n in range(10)]
    odd.gives(body)
    for made in (events.url, WAYS["rest"][0]):
        event = made(Request("POST", "/odd", headers=headers, body=body))
        assert len(json.dumps(event)) < most
        sent = app(event, None)
        assert len(json.dumps(sent)) < most
        assert sent["body"] == b64encode(body).decode()


@pytest.mark.parametrize("text", [b"\x00", b'"', "é".encode(), "\U0001f600".encode()])
def test_text_fits_into_an_answer(app: Api, odd: Odd, text: bytes) -> None:
    odd.gives(text * (TEXT_BYTES // len(text)))
    sent = app(events.url(Request("GET", "/odd")), None)
    assert not sent["isBase64Encoded"]
    assert len(json.dumps(sent)) < 6 * 1024 * 1024


def test_a_body_that_is_too_large_is_a_413(app: Api, odd: Odd) -> None:
    answer = ask(app, Request("POST", "/odd", body=b"\xff" * (MOST_BYTES + 1)))
    assert (answer.status, code(answer)) == (413, "body_too_large")
    assert str(MOST_BYTES) in json.loads(answer.body)["detail"]
    assert odd.environ == {}


def test_an_answer_that_is_too_large_is_a_problem(app: Api, odd: Odd) -> None:
    closed = []

    def endless(_: Environ, start: Callable[..., Any]) -> Iterator[bytes]:
        start(*OK)
        try:
            while True:
                yield b"x" * 100_000
        finally:
            closed.append(True)

    odd.run = endless
    answer = get(app)
    assert (answer.status, code(answer)) == (500, "answer_too_large")
    assert closed == [True]


def test_what_streams_is_gathered_and_closed(app: Api, odd: Odd) -> None:
    closed = []

    class Parts(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def run(_: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        write = start(*OK)
        write(b"first ")
        return Parts([b"second ", b"third"])

    odd.run = run
    assert get(app).body == b"first second third"
    assert closed == [True]


def test_a_generator_starts_as_late_as_it_likes(app: Api, odd: Odd) -> None:
    def late(_: Environ, start: Callable[..., Any]) -> Iterator[bytes]:
        start("201 Made", OK[1])
        yield b"late"

    odd.run = late
    assert get(app)[::2] == (201, b"late")


def test_an_error_page_takes_the_place_of_what_came_before(app: Api, odd: Odd) -> None:
    def run(_: Environ, start: Callable[..., Any]) -> Iterator[bytes]:
        start(*OK)
        yield b"half of a page"
        error = ValueError("secret-7f3a")
        start("500 Oops", OK[1], (ValueError, error, None))
        yield b"sorry"

    odd.run = run
    assert get(app)[::2] == (500, b"sorry")


def raises(_: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
    raise ValueError("secret-7f3a")


def raises_later(_: Environ, start: Callable[..., Any]) -> Iterator[bytes]:
    start(*OK)
    yield b"half of a page"
    raise ValueError("secret-7f3a")


def never_starts(_: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
    return [b"body"]


def starts_twice(_: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
    start(*OK)
    start(*OK)
    return []


def splits_headers(_: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
    start("200 OK", [("Set-Cookie", "a=1\r\nX-Evil: 1")])
    return []


def gives_text(_: Environ, start: Callable[..., Any]) -> Iterable[Any]:
    start(*OK)
    return ["text"]


@pytest.mark.parametrize(
    "run", [raises, raises_later, never_starts, starts_twice, splits_headers, gives_text]
)
def test_what_breaks_is_a_500_of_the_api(
    app: Api, odd: Odd, run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    odd.run = run
    answer = get(app)
    assert (answer.status, code(answer)) == (500, "internal_error")
    logged = capsys.readouterr().out
    assert "unforeseen" in logged
    assert "secret-7f3a" not in f"{logged}{answer.body!r}"


def test_an_application_that_cannot_be_imported_is_a_500(app: Api) -> None:
    made, none = Api("none"), Routes(__name__)
    none.mount("/none", "tests.unit.test_mount:NONE", public=True)
    none.mount("/nowhere", "tests.nowhere:app", public=True)
    made.register_blueprint(none)
    complete(made)
    for path in ("/none", "/nowhere"):
        assert code(get(made, path)) == "internal_error"


def test_a_factory_is_called_once(app: Api) -> None:
    made, routes = Api("factory"), Routes(__name__)
    routes.mount("/made", "tests.unit.test_mount:make()", public=True)
    made.register_blueprint(routes)
    complete(made)
    assert [get(made, "/made").body for _ in range(2)] == [b"1", b"1"]


MADE: list[int] = []


def make() -> Any:
    MADE.append(1)

    def application(_: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        start(*OK)
        return [str(len(MADE)).encode()]

    return application


def test_its_errors_are_in_the_log(app: Api, odd: Odd, capsys: pytest.CaptureFixture[str]) -> None:
    def run(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        print("something is odd", file=environ["wsgi.errors"], flush=True)
        environ["wsgi.errors"].writelines(["two\n", "lines\n"])
        start(*OK)
        return []

    odd.run = run
    get(app, "/odd", headers=[("X-Request-Id", "mine")])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["text"] for line in lines[:2]] == ["something is odd", "two\nlines"]
    assert {line["request_id"] for line in lines} == {"mine"}
    assert odd.environ["HTTP_X_REQUEST_ID"] == "mine"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_is_its_own(app: Api, odd: Odd, method: str) -> None:
    odd.gives(b"body", headers=[("Content-Length", "4"), ("Allow", "GET")])
    answer = ask(app, Request(method, "/odd/x", headers=[ORIGIN]))
    assert odd.environ["REQUEST_METHOD"] == method
    headers = dict(answer.headers)
    assert (answer.status, headers["Allow"]) == (200, "GET")
    assert headers["Access-Control-Allow-Origin"] == ORIGIN[1]
    expected = (b"", "4") if method == "HEAD" else (b"body", None)
    assert (answer.body, headers.get("Content-Length")) == expected


def test_cors_is_the_applications_where_it_has_its_own(app: Api, odd: Odd) -> None:
    own = [("Access-Control-Allow-Origin", "*"), ("Vary", "Cookie")]
    odd.gives(headers=own)
    headers = dict(get(app, "/odd", headers=[ORIGIN]).headers)
    assert {name: value for name, value in headers.items() if name != "X-Request-Id"} == {
        **dict(own),
        "X-Content-Type-Options": "nosniff",
    }


def test_what_frames_an_answer_is_not_its(app: Api, odd: Odd) -> None:
    odd.gives(b"x", headers=[("Connection", "close"), ("Transfer-Encoding", "chunked")])
    assert not {"connection", "transfer-encoding"} & {n.lower() for n, _ in get(app).headers}


def test_a_preflight_is_answered_for_it(app: Api, odd: Odd) -> None:
    asked = [ORIGIN, ("Access-Control-Request-Method", "PUT")]
    answer = ask(app, Request("OPTIONS", "/closed/x", headers=asked))
    assert (answer.status, odd.environ) == (204, {})
    assert "PUT" in dict(answer.headers)["Access-Control-Allow-Methods"]


def test_it_is_closed_where_tokens_are_asked_for(app: Api, odd: Odd, configure: Configure) -> None:
    with Issuing() as issuer:
        configure(**issuer.settings)
        bearer = list(issuer.bearer("ada", scope="other").items())
        seller = list(issuer.bearer("ada", scope="shop").items())
        for method in ("GET", "POST", "OPTIONS"):
            for path in ("/closed", "/closed/x", "/scoped/x"):
                assert ask(app, Request(method, path)).status == 401
        assert odd.environ == {}
        assert get(app, "/scoped", headers=bearer).status == 403
        assert get(app, "/scoped", headers=seller).status == 200
        assert get(app, "/closed", headers=bearer).status == 200
        assert (odd.environ["REMOTE_USER"], odd.environ["AUTH_TYPE"]) == ("ada", "Bearer")
        assert get(app, "/odd", headers=bearer).status == 200
        assert "REMOTE_USER" not in odd.environ


@pytest.mark.parametrize("path", ["", "/", "odd", "/odd/", "/{id}/odd", "/odd/{proxy+}"])
def test_a_path_that_cannot_be_had_is_refused_at_import(path: str) -> None:
    with pytest.raises(TypeError, match="such as /shop"):
        Routes(__name__).mount(path, ODD)


@pytest.mark.parametrize("name", ["", "shop", "shop:", ":app", "shop.app"])
def test_a_name_that_cannot_be_imported_is_refused_at_import(name: str) -> None:
    with pytest.raises(TypeError, match=r"package\.module:name"):
        Routes(__name__).mount("/shop", name)


def test_a_mount_alone_says_both_scopes() -> None:
    with pytest.raises(TypeError, match="say both"):
        Routes(__name__, read="shop:read").mount("/shop", ODD)
