"""Greedy routes are chosen alike wherever the API runs: see docs/routes.md."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from chalice.app import Chalice
from chalice.test import Client

from tests import events
from tests.contract.client import send
from tests.contract.paths import Echo, Row, asking, differences, unknown, unlike
from tests.engines import ROOT
from tests.events import Request
from tests.serving import serving
from tests.targets import Target, loaded
from tests.wire import AsUrl

pytestmark = pytest.mark.beside


def kind(method: str, rest: str, route: str) -> Row:
    return Row(method, f"/beside-kinds{rest}", 200, {"route": route})


# A path of Chalice's own leaves a method that it lacks to the next that fits. The last of these is
# the API's /{proxy+}, which takes every method.
SIBLINGS = [
    *(kind("GET", rest, "literal") for rest in ("/new", "/new/")),
    *(kind("GET", rest, "parameter") for rest in ("/7", "/deep", "/news")),
    *(kind("DELETE", rest, "parameter") for rest in ("/new", "/7", "/deep")),
    *(kind("PUT", rest, "greedy") for rest in ("/new", "/new/", "/7", "/7/8", "/deep/8")),
    *(kind("GET", rest, "greedy") for rest in ("/7/8", "/new/8")),
    *(kind("GET", rest, "deeper") for rest in ("/deep/8", "/deep/8/9")),
    *(unknown(f"/beside-kinds{rest}", "POST") for rest in ("/new", "/7", "/7/8", "/deep/8")),
    unknown("/beside-kinds/7/8", "DELETE"),
    *(unknown("/beside-kinds", method) for method in ("GET", "PUT")),
]
TABLE = [*Echo("/beside").table(), *SIBLINGS]


def test_all_are_answered_alike(target: Target) -> None:
    assert unlike(TABLE, target.name, asking(target)) == {}


@pytest.mark.in_process
def test_over_a_socket(target: Target) -> None:
    with serving(target) as url:
        assert unlike(TABLE, "chalice local", asking(Target("chalice local", url))) == {}


@pytest.mark.in_process
def test_chalices_test_client(target: Target) -> None:
    with Client(loaded(), stage_name="tests", project_dir=str(ROOT)) as client:

        def ask(row: Row) -> requests.Response:
            got = client.http.request(row.method, row.path, headers=dict(row.sent))
            answer = requests.Response()
            answer.status_code, answer._content = got.status_code, got.body
            answer.headers.update({name: str(value) for name, value in got.headers.items()})
            return answer

        assert unlike(TABLE, "test client", ask) == {}


def named(app: Chalice) -> Callable[[Request], dict[str, Any]]:
    """The events of a REST API with the routes of this app, which looks for the method, too."""

    def event(request: Request) -> dict[str, Any]:
        offering = [route for route, methods in app.routes.items() if request.method in methods]
        return events.rest(request, offering)

    return event


@pytest.mark.in_process
@pytest.mark.parametrize("way", ["rest", "greedy rest", "http api", "http api 1"])
def test_other_events(target: Target, way: str) -> None:
    app = loaded()
    made: dict[str, Callable[[Request], dict[str, Any]]] = {
        "rest": named(app),
        "greedy rest": events.rest,
        "http api": lambda request: events.http_api(request, stage="dev"),
        "http api 1": events.http_api_1,
    }
    to_app = Target(way, target.base_url)
    to_app.session.mount(target.base_url, AsUrl(app, made[way]))
    assert unlike(TABLE, way.removesuffix(" 1"), asking(to_app)) == {}


def test_a_parameter_is_between(target: Target) -> None:
    """With a resource of this API, if it has one."""
    for resource in target.resources[:1]:
        for path, code in ((f"{resource.path}/nobody", "not_found"), (f"{resource.path}/a/b", "")):
            answer = send(target, "GET", path)
            expected = (404, code or "route_not_found")
            assert (answer.status_code, answer.json()["code"]) == expected
        answer = send(target, "GET", f"{resource.path}/../beside")
        assert answer.json()["code"] == "route_not_found"
        assert send(target, "GET", f"/beside{resource.path}/7").json()["proxy"][-2:] == "/7"


def test_every_difference_that_is_named_is_seen_by_a_request() -> None:
    assert {name for row in TABLE for name in row.differs} == differences().keys()
    for row in TABLE:
        for name in row.differs:
            assert row.at([name]) != row, f"{row} is answered alike with {name}"


def test_each_row_is_asked_once() -> None:
    rows = [json.dumps([row.method, row.path, dict(row.sent)]) for row in TABLE]
    assert len(set(rows)) == len(rows)


def test_the_document_shows_a_view_that_is_tried_here() -> None:
    shown = re.findall(r"(?m)^    (.*\n)", (ROOT / "docs/routes.md").read_text())
    tried = (ROOT / "tests/beside.py").read_text()
    # Here by a path that no resource of a reader's has.
    assert "".join(shown).replace("/files", "/beside") in tried
    assert len(shown) == 4
