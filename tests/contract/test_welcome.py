"""One table of requests, and one answer to each, wherever the API runs.

What may differ stands in docs/routes.md, by name, and nowhere else.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from chalice.test import Client

from tests.contract.client import send
from tests.engines import ROOT
from tests.serving import serving
from tests.targets import Target, loaded
from tests.test_framing import HEAD, parsed
from tests.test_framing import send as send_raw

ALL = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
DEEP = "a/" * 400 + "z"
ORIGIN = {"Origin": "http://localhost:3000"}
PREFLIGHT = ORIGIN | {"Access-Control-Request-Method": "PUT"}


@dataclass(frozen=True)
class Row:
    """A request, and what comes back: a status, and members of the body or headers by name."""

    method: str
    path: str
    status: int = 200
    body: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    differs: str = ""  # the name of the difference that this request shows

    def __str__(self) -> str:
        return f"{self.method} {self.path[:60]}"


def welcome(path: str, method: str = "GET", differs: str = "") -> Row:
    """It is answered by /welcome, with the path and the rest of it as they were sent."""
    path, _, query = path.partition("?")
    body = {"method": method, "path": path, "proxy": path.removeprefix("/welcome")[1:]}
    if path == "/welcome/":
        body["proxy"] = ""
    return Row(method, f"{path}?{query}" if query else path, 200, body, differs=differs)


def unknown(path: str, method: str = "GET", differs: str = "") -> Row:
    return Row(method, path, 404, {"code": "route_not_found"}, differs=differs)


# A literal segment comes before a parameter, that before a greedy rest.
ORDER = [
    *(welcome("/welcome"), welcome("/welcome/a"), welcome("/welcome/a/b/c")),
    *(welcome("/welcome/health"), welcome(f"/welcome/{DEEP}"), welcome("/welcome/welcome/x")),
    Row("GET", "/health", 200, {"status": "ok"}),
    *(unknown("/health/x"), unknown("/welcomes"), unknown("/nowhere"), unknown(f"/{DEEP}")),
    *(unknown("/welcom"), unknown("/Welcome"), unknown("/Welcome/a")),
    Row("GET", "/", 200),
]
METHODS = [
    *(welcome("/welcome/a", method) for method in ("POST", "PUT", "PATCH", "DELETE")),
    *(welcome("/welcome", method) for method in ("POST", "PUT", "PATCH", "DELETE")),
    *(Row("HEAD", f"/welcome{rest}", 200) for rest in ("", "/", "/a/b")),
    *(Row("HEAD", path, 404) for path in ("/nowhere", "/nowhere/at/all")),
    *(Row("OPTIONS", f"/welcome{rest}", 204, {}, {"Allow": ALL}) for rest in ("", "/a/b")),
    *(Row("OPTIONS", path, 204, {}, {"Allow": ALL}) for path in ("/nowhere", "/no/where")),
    # What the kit serves refuses by itself what it lacks, whatever a greedy route would take.
    *(
        Row(method, path, 405, {"code": "method_not_allowed"}, {"Allow": "GET, HEAD, OPTIONS"})
        for method in ("POST", "DELETE")
        for path in ("/health", "/")
    ),
    *(unknown("/nowhere/x", method) for method in ("POST", "PUT", "PATCH", "DELETE")),
    Row(
        "OPTIONS",
        "/welcome/a/b",
        204,
        {},
        {
            "Access-Control-Allow-Origin": ORIGIN["Origin"],
            "Access-Control-Allow-Methods": ALL,
        },
        PREFLIGHT,
    ),
    *(
        Row("GET", path, status, {}, {"Access-Control-Allow-Origin": ORIGIN["Origin"]}, ORIGIN)
        for path, status in (("/welcome/a", 200), ("/nowhere/at/all", 404))
    ),
]
SLASHES = [
    *(welcome("/welcome/"), welcome("/welcome/a/"), welcome("/welcome/a/b/")),
    *(welcome("/welcome//a"), welcome("/welcome/a//b"), welcome("/welcome/a//")),
    *(unknown("/welcome//"), unknown("/nowhere//x")),
    *(unknown(path, differs="slashes-before") for path in ("//", "///", "////")),
    *(unknown(path, differs="slashes-before") for path in ("//welcome", "//welcome/a")),
]
ENCODED = [
    *(
        welcome(f"/welcome/{part}", differs="decoded-paths")
        for part in (
            *("a%2Fb", "%2F", "a%252Fb", "%C3%A9/%E2%82%AC", "%FF", "%00", "a%20b", "%61"),
            *("%2E%2E/users", "..%2Fusers"),
        )
    ),
    unknown("/welcome%2Fa", differs="decoded-paths"),
    unknown("/%77elcome", differs="decoded-paths"),
    *(welcome("/welcome/a+b"), welcome("/welcome/a;b=c,d@e:$&'()*!~_-.")),
    *(welcome("/welcome/a?x"), welcome("/welcome/a?x=1&x=2&path=/users")),
]
DOTS = [
    *(welcome("/welcome/.."), welcome("/welcome/../users"), welcome("/welcome/./a")),
    *(welcome("/welcome/a/../../users"), welcome("/welcome/..;/users"), welcome("/welcome/...")),
    *(unknown("/health/../welcome"), unknown("/../welcome"), unknown("/./welcome")),
    *(unknown("/%2E%2E/welcome"), unknown("/..")),
]
TABLE = [*ORDER, *METHODS, *SLASHES, *ENCODED, *DOTS]


def differences() -> dict[str, str]:
    """What docs/routes.md says may differ: names, and the targets where each is seen."""
    text = (ROOT / "docs/routes.md").read_text().partition("## Differences")[2]
    return dict(re.findall(r"(?m)^\| `([\w-]+)` \|.*\| ([^|]*) \|$", text))


def seen(answer: requests.Response, row: Row) -> Row:
    """The request with what really came back, as far as the row says something of it."""
    found: Any = answer.json() if row.body else {}
    return Row(
        row.method,
        row.path,
        answer.status_code,
        {name: found.get(name) for name in row.body},
        {name: answer.headers.get(name, "") for name in row.headers},
        row.sent,
        row.differs,
    )


def otherwise(send: Callable[[Row], requests.Response], where: str) -> dict[str, str]:
    """The rows that are answered otherwise than they should be here."""
    named = {name for name, targets in differences().items() if f"`{where}`" in targets}
    asked = [row for row in TABLE if row.differs not in named]
    return {str(row): str(found) for row in asked if (found := seen(send(row), row)) != row}


def test_all_are_answered_alike(target: Target) -> None:
    def ask(row: Row) -> requests.Response:
        return send(target, row.method, row.path, headers=dict(row.sent))

    assert otherwise(ask, target.name) == {}


def test_a_parameter_is_between(target: Target) -> None:
    """With a resource of this API, if it has one."""
    for resource in target.resources[:1]:
        for path, code in ((f"{resource.path}/nobody", "not_found"), (f"{resource.path}/a/b", "")):
            answer = send(target, "GET", path)
            expected = (404, code or "route_not_found")
            assert (answer.status_code, answer.json()["code"]) == expected
        answer = send(target, "GET", f"{resource.path}/../welcome")
        assert answer.json()["code"] == "route_not_found"
        assert send(target, "GET", f"/welcome{resource.path}/7").json()["proxy"][-2:] == "/7"


@pytest.mark.in_process
def test_over_a_socket(target: Target) -> None:
    with serving(target) as url:
        real = Target("chalice local", url)

        def ask(row: Row) -> requests.Response:
            return send(real, row.method, row.path, headers=dict(row.sent))

        assert otherwise(ask, "chalice local") == {}


@pytest.mark.in_process
def test_a_target_ends_at_a_space_alone(target: Target) -> None:
    """Over a socket: what no URL may hold is encoded, white space of Latin-1 as any other."""
    targets = {
        b"/welcome/\xc3\xa0": "/welcome/%C3%A0",
        b"/welcome/\x85/\xa0": "/welcome/%85/%A0",
        b"/welcome/a\x1cb\t\x0b\rc\x7f": "/welcome/a%1Cb%09%0B%0Dc%7F",
        b"/welcome/%c3%A9\xff?\xa0": "/welcome/%c3%A9%FF",
        b"http://x/welcome/\xa0": "/welcome/%A0",
    }
    with serving(target) as url:
        parts = urlsplit(url)
        address = str(parts.hostname), parts.port or 0
        for sent, path in targets.items():
            request = b"GET " + sent + b" HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n"
            assert json.loads(parsed(send_raw(address, request)).body)["path"] == path


@pytest.mark.in_process
def test_chalices_test_client(target: Target) -> None:
    with Client(loaded(), stage_name="tests", project_dir=str(ROOT)) as client:

        def ask(row: Row) -> requests.Response:
            got = client.http.request(row.method, row.path, headers=dict(row.sent))
            answer = requests.Response()
            answer.status_code, answer._content = got.status_code, got.body
            answer.headers.update({name: str(value) for name, value in got.headers.items()})
            return answer

        assert otherwise(ask, "test client") == {}


def test_every_difference_that_is_named_is_seen_by_a_request() -> None:
    assert {row.differs for row in TABLE} - {""} == differences().keys()


def test_each_row_is_asked_once() -> None:
    rows = [json.dumps([row.method, row.path, dict(row.sent)]) for row in TABLE]
    assert len(set(rows)) == len(rows)
