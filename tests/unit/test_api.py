"""What views and the framework do beside the kit's own ways."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.httpsession import URLLib3Session
from chalice.app import Chalice, Response

from chalicekit import dynamodb, settings
from chalicekit.call import Call
from chalicekit.endpoint import Routes
from chalicekit.event import _body
from chalicekit.fields import ListQuery, Page
from chalicekit.middleware import as_problem
from tests.engines import free_port
from tests.targets import in_process
from tests.wares import Ware, WareFields


@pytest.mark.parametrize(
    ("status", "name", "value"), [(401, "WWW-Authenticate", "Bearer"), (429, "Retry-After", "1")]
)
def test_chalices_own_errors_carry_what_http_requires(status: int, name: str, value: str) -> None:
    own = {"Code": "SomeError", "Message": "As the view said"}
    answer = as_problem(Response(own, {}, status), Call())
    assert (answer.status_code, answer.headers[name]) == (status, value)
    answer = as_problem(Response(own, {name: "x"}, status), Call())
    assert answer.headers[name] == "x"


@pytest.mark.parametrize("path", ["/things", "/things/{key}", "/things/{id}/{part}"])
def test_a_view_that_does_not_fit_its_path_is_refused_at_import(path: str) -> None:
    def get_thing(id: str) -> dict[str, Any]:
        return {"id": id}

    with pytest.raises(TypeError, match="get_thing"):
        Routes(__name__).get(path)(get_thing)
    assert Routes(__name__).get("/things/{id}")(get_thing) is get_thing


async def get_later(call: Call) -> dict[str, Any]:
    return {}


def make_untyped(body, call: Call) -> dict[str, Any]:  # type: ignore[no-untyped-def]  # what is tested
    return {}


def put_ware(id: str, body: WareFields) -> Ware:
    raise AssertionError


@pytest.mark.parametrize(
    ("view", "path", "why"),
    [
        (get_later, "/later", "plain def"),
        (make_untyped, "/untyped", "body needs a type"),
        (put_ware, "/people/{name}", "parameters"),
    ],
)
def test_a_view_that_cannot_work_is_refused_at_import(
    view: Callable[..., Any], path: str, why: str
) -> None:
    with pytest.raises(TypeError, match=f"{view.__name__}: .*{why}"):
        Routes(__name__).put(path)(view)


class MarketQuery(ListQuery):
    segment: str | None = None


def test_a_filter_has_no_name_of_an_exports() -> None:
    def list_wares(query: MarketQuery) -> Page[Ware]:
        raise AssertionError

    with pytest.raises(TypeError, match="list_wares: segment says which part"):
        Routes(__name__).get("/wares")(list_wares)


def test_a_change_needs_the_key_in_its_path() -> None:
    def put_thing(name: str, body: WareFields) -> Ware:
        raise AssertionError

    with pytest.raises(TypeError, match=r"must hold the key, \{sku\}"):
        Routes(__name__).put("/people/{name}")(put_thing)


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ({"body": None}, b""),
        ({}, b""),
        ({"body": "é"}, "é".encode()),
        ({"body": b"\xff"}, b"\xff"),
        ({"body": "/w==", "isBase64Encoded": True}, b"\xff"),
        ({"body": "\ud800"}, b"\xed\xa0\x80"),
    ],
)
def test_a_body_is_bytes_whatever_the_event_holds(event: dict[str, Any], body: bytes) -> None:
    assert _body(event) == body


class Context:
    aws_request_id = "5a8a1d0e"


def request(resource: str, path: str, method: str = "GET", **parameters: str) -> dict[str, Any]:
    """An event of API Gateway, below the stage /dev."""
    return {
        "requestContext": {"httpMethod": method, "resourcePath": resource, "path": f"/dev{path}"},
        "headers": {"origin": "http://localhost:3000"},
        "multiValueQueryStringParameters": None,
        "pathParameters": parameters,
        "stageVariables": None,
        "body": None,
    }


@pytest.fixture
def app() -> Iterator[Chalice]:
    """The app of this process, without an engine: nothing listens at its address."""
    with in_process(AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{free_port()}") as (app, _):
        yield app


def test_a_warm_up_prepares_and_sends_nothing(
    app: Chalice, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(URLLib3Session, "send")
    assert app({"warmup": True}, Context()) == {"warm": True}
    assert settings.current.cache_info().currsize == 1
    assert dynamodb.client.cache_info().currsize == 1
    assert capsys.readouterr().out == ""


def test_a_warm_up_leaves_wrong_settings_to_requests() -> None:
    with in_process(CORS_CREDENTIALS="perhaps") as (app, _):
        assert app({"warmup": True}, Context()) == {"warm": True}
        answer = app(request("/health", "/health"), Context())
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (503, "not_configured")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    ("route", "path"), [("/things/{id}", "/things/7"), ("/wares/{sku}", "/wares//7")]
)
def test_what_only_the_gateway_knows_is_an_unknown_path(
    app: Chalice, route: str, path: str, method: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a rollback it still has newer routes; and it may drop empty segments."""
    known = app(request("/{proxy+}", path, method, proxy=path[1:]), Context())
    capsys.readouterr()
    answer = app(request(route, path, method, id="7", sku="7"), Context())
    assert answer == known
    assert answer["statusCode"] == (204 if method == "OPTIONS" else 404)
    assert answer["headers"]["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert answer["headers"]["X-Request-Id"] == "5a8a1d0e"
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["event"], line["route"]) == ("request", route)
    if method == "GET":
        problem = json.loads(answer["body"])
        assert problem["code"] == "route_not_found"
        assert problem["type"] == "/dev/errors#route_not_found"


ODD = {
    "headers": None,
    "multiValueQueryStringParameters": None,
    "pathParameters": None,
    "stageVariables": None,
    "body": None,
}


@pytest.mark.parametrize(
    "event",
    [
        *({}, [], "secret-7f3a", None, {"warmup": "yes"}, {"Records": [{"body": "secret-7f3a"}]}),
        {"version": "2.0", "rawPath": "/secret-7f3a", "requestContext": {"http": {}}},
        {"requestContext": {"resourcePath": "/users", "httpMethod": "GET"}},
        ODD | {"requestContext": {"resourcePath": ["/users"], "httpMethod": "GET"}},
        ODD | {"requestContext": {"resourcePath": "/users", "httpMethod": None}},
        {"requestContext": "secret-7f3a"},
    ],
)
def test_an_event_that_is_no_request(
    app: Chalice, event: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = app(event, Context())
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "bad_request")
    assert answer["headers"]["X-Request-Id"] == "5a8a1d0e"
    logged = capsys.readouterr().out
    assert json.loads(logged)["event"] == "event_unknown"
    assert "secret-7f3a" not in f"{answer}{logged}"
