"""Which route serves a path; of Chalice's own routes, whose methods are theirs, too."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chalice.app import Chalice
from chalice.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicekit.api import Api, complete
from chalicekit.greedy import for_method, match
from tests import events
from tests.engines import ROOT
from tests.events import Request
from tests.plain_http.server import NOWHERE
from tests.targets import in_process

ROUTES = [
    "/",
    "/users",
    "/users/{id}",
    "/users/new",
    "/users/{id}/notes/{note}",
    "/app/{proxy+}",
    "/{proxy+}",
]
SEGMENTS = st.text("abc.%20-_~é+{}", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("path", "route", "captured"),
    [
        ("/", "/", {}),
        ("/users", "/users", {}),
        ("/users/", "/users", {}),
        ("/users/7", "/users/{id}", {"id": "7"}),
        ("/users/7/", "/users/{id}", {"id": "7"}),
        ("/users/new", "/users/new", {}),
        ("/users/a%2Fb", "/users/{id}", {"id": "a%2Fb"}),
        ("/users/7/notes/1", "/users/{id}/notes/{note}", {"id": "7", "note": "1"}),
        ("/users/7/notes", "/{proxy+}", {"proxy": "users/7/notes"}),
        ("/users//", "/{proxy+}", {"proxy": "users/"}),
        ("/app", "/{proxy+}", {"proxy": "app"}),
        ("/app/a", "/app/{proxy+}", {"proxy": "a"}),
        ("/app/a/b/", "/app/{proxy+}", {"proxy": "a/b"}),
        ("/none/at/all", "/{proxy+}", {"proxy": "none/at/all"}),
    ],
)
def test_as_api_gateway_does(path: str, route: str, captured: dict[str, str]) -> None:
    assert match(path, ROUTES) == (route, captured)
    assert match(path, reversed(ROUTES)) == (route, captured)


def test_nothing_fits() -> None:
    assert match("/", ["/{proxy+}"]) is None
    assert match("/a", ["/b", "/a/{id}"]) is None


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/files/new", "/files/new"),
        ("PUT", "/files/new", "/files/{proxy+}"),
        ("DELETE", "/files/new", "/{proxy+}"),
        ("POST", "/files/new/x", "/{proxy+}"),
        ("PATCH", "/files/new", "/files/new"),  # nothing offers it, so the best refuses it
    ],
)
def test_the_method_decides_between_siblings(method: str, path: str, route: str) -> None:
    routes = {
        "/files/new": {"GET"},
        "/files/{proxy+}": {"PUT", "GET"},
        "/{proxy+}": {"GET", "POST", "PUT", "DELETE"},
    }
    found = for_method(method, path, routes)
    assert found
    assert found[0] == route


@pytest.fixture(scope="module")
def own() -> Iterator[Chalice]:
    """Routes of Chalice's own, which have the methods that they name."""
    app = Api("own")

    def telling(name: str) -> Callable[..., dict[str, str]]:
        return lambda **given: {"route": name, **given}

    app.route("/files/new", methods=["GET"])(telling("literal"))
    app.route("/files/{id}", methods=["GET", "DELETE"])(telling("parameter"))
    app.route("/files/{proxy+}", methods=["GET", "PUT"])(telling("greedy"))
    complete(app)
    with in_process(AWS_ENDPOINT_URL=NOWHERE):
        yield app


def named(request: Request, app: Chalice) -> dict[str, Any]:
    """The event of a REST API with these routes, which looks for one that has the method, too."""
    offering = [route for route, methods in app.routes.items() if request.method in methods]
    try:
        return events.rest(request, offering)
    except LookupError:
        return events.rest(request, [*app.routes])


WAYS: dict[str, Callable[[Request, Chalice], dict[str, Any]]] = {
    "named": named,
    "greedy": lambda request, _: events.rest(request),
    "url": lambda request, _: events.url(request),
    "http api": lambda request, _: events.http_api(request, stage="dev"),
}


@pytest.mark.parametrize("way", [*WAYS, "client"])
@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/files/new", {"route": "literal"}),
        ("GET", "/files/7", {"route": "parameter", "id": "7"}),
        ("GET", "/files/7/8", {"route": "greedy"}),
        ("PUT", "/files/new", {"route": "greedy"}),
        ("PUT", "/files/7", {"route": "greedy"}),
        ("DELETE", "/files/new", {"route": "parameter", "id": "new"}),
        ("DELETE", "/files/7/8", "method_not_allowed"),
        ("POST", "/files/new", "method_not_allowed"),
    ],
)
def test_a_method_goes_to_the_sibling_that_offers_it(
    own: Chalice, way: str, method: str, path: str, found: Any
) -> None:
    if way == "client":
        with Client(own, stage_name="tests", project_dir=str(ROOT)) as client:
            body = json.loads(client.http.request(method, path).body)
    else:
        body = json.loads(own(WAYS[way](Request(method, path), own), None)["body"])
    assert (body if isinstance(found, dict) else body["code"]) == found


@settings(max_examples=200)
@given(parts=st.lists(SEGMENTS, min_size=1, max_size=5))
def test_a_greedy_route_gives_back_the_path(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    assert match(path, ["/{proxy+}"]) == ("/{proxy+}", {"proxy": path[1:]})


@settings(max_examples=200)
@given(parts=st.lists(SEGMENTS, min_size=2, max_size=4), order=st.permutations(ROUTES))
def test_the_order_of_routes_does_not_matter(parts: list[str], order: list[str]) -> None:
    path = "/" + "/".join(parts)
    assert match(path, order) == match(path, ROUTES)
