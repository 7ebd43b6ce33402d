"""Events of HTTP APIs, function URLs and generic REST APIs: recorded, odd, and broken ones.

tests/recorded holds events from AWS's documentation, shortened, and one that a function URL sent.
"""

import base64
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Chalice, ForbiddenError, Response
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicekit.api import Api, complete
from chalicekit.call import Call
from chalicekit.endpoint import Routes
from tests import events
from tests.engines import free_port
from tests.events import Request
from tests.targets import in_process

RECORDED = Path(__file__).parent.parent / "recorded"
PIXEL = b"\x89PNG\r\n\x1a\n\xff"
OWN = "api.example.com"  # a domain of one's own


class Context:
    aws_request_id = "5a8a1d0e"


@pytest.fixture(scope="module")
def app() -> Iterator[Chalice]:
    """The app of this process, without an engine: nothing listens at its address."""
    with in_process(AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{free_port()}") as (app, _):
        yield app


routes = Routes(__name__)


@routes.get("/seen/{id}")
def seen(id: str, call: Call) -> dict[str, Any]:
    return {"id": id, "prefix": call.prefix, "path": call.path, "query": dict(call.query)}


@routes.post("/sent")
def sent(call: Call) -> dict[str, Any]:
    return {"body": base64.b64encode(call.body).decode(), "cookie": call.headers.get("cookie")}


@routes.get("/pixel")
def pixel() -> Response:
    return Response(PIXEL, {"Content-Type": "image/png"})


@routes.get("/font")
def font() -> Response:
    return Response(PIXEL, {"Content-Type": "font/woff2"})


@routes.get("/many")
def many() -> Response:
    several = {"Set-Cookie": ["a=1", "b=2"], "Link": ["</x>", "</y>"]}
    return Response("", several | {"X-One": "1"})


@pytest.fixture(scope="module")
def small(app: Chalice) -> Chalice:
    """An API of a few views, one of them Chalice's own, and no route for unknown paths."""
    small = Api("small")
    small.register_blueprint(routes)

    @small.route("/plain/{name}", methods=["GET", "OPTIONS"])
    def plain(name: str) -> dict[str, Any]:
        raise ForbiddenError(name)

    complete(small)
    return small


def of(app: Chalice, event: Any) -> events.Answer:
    return events.answer(json.loads(json.dumps(app(event, Context()))))


def recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return event


@pytest.mark.parametrize(
    ("name", "path", "status", "prefix"),
    [
        ("http_api_2", None, 404, ""),
        ("http_api_1", None, 404, ""),
        ("rest", None, 404, "/testStage"),
        ("function_url", None, 200, ""),
        ("http_api_2", "/health", 405, ""),
        ("http_api_1", "/nope", 404, ""),
        ("function_url", "/nope/x", 404, ""),
        ("function_url", "/errors", 200, ""),
    ],
)
def test_recorded_events(
    app: Chalice, name: str, path: str | None, status: int, prefix: str
) -> None:
    event = recorded(name)
    if path:
        event["rawPath" if "rawPath" in event else "path"] = path
        event["requestContext"]["path"] = path
    answer = of(app, event)
    assert answer.status == status
    if status >= 400:
        assert json.loads(answer.body)["type"].startswith(f"{prefix}/errors#")
    else:
        assert dict(answer.headers)["Content-Type"].startswith("text/html")
    assert ("cookies" in app(event, None)) == (event.get("version") == "2.0")


@pytest.mark.parametrize(
    ("event", "prefix", "path"),
    [
        (events.url(Request("GET", "/seen/a")), "", "/seen/a"),
        (events.url(Request("GET", "/seen/%61")), "", "/seen/%61"),
        (events.http_api(Request("GET", "/seen/a")), "", "/seen/a"),
        (events.http_api(Request("GET", "/seen/a"), stage="dev"), "/dev", "/seen/a"),
        (events.http_api(Request("GET", "/seen/a"), stage="seen"), "/seen", "/seen/a"),
        (events.http_api(Request("GET", "/seen/a"), stage="dev", domain=OWN), "", "/seen/a"),
        (events.http_api(Request("GET", "/seen/a"), domain=OWN), "", "/seen/a"),
        (events.http_api_1(Request("GET", "/seen/a")), "", "/seen/a"),
        (events.http_api_1(Request("GET", "/seen/a"), stage="dev"), "/dev", "/seen/a"),
        (
            events.http_api_1(
                Request("GET", "/seen/a"), route="ANY /{proxy+}", mapping="/v1", domain=OWN
            ),
            "/v1",
            "/seen/a",
        ),
        (events.http_api_1(Request("GET", "/seen/a"), route="GET /seen/{id}"), "", "/seen/a"),
        (
            events.http_api_1(Request("GET", "/seen/a"), stage="v1", mapping="/v1", domain=OWN),
            "/v1",
            "/seen/a",
        ),
        (events.rest(Request("GET", "/seen/a")), "/dev", "/seen/a"),
        (events.rest(Request("GET", "/seen/a/")), "/dev", "/seen/a/"),
        (events.rest(Request("GET", "/seen/a"), mapping="/v1/x"), "/v1/x", "/seen/a"),
        (events.rest(Request("GET", "/seen/a"), ["/seen/{id}"]), "/dev", "/seen/a"),
    ],
)
def test_where_a_call_goes(small: Chalice, event: dict[str, Any], prefix: str, path: str) -> None:
    answer = of(small, event)
    assert json.loads(answer.body) == {"id": "a", "prefix": prefix, "path": path, "query": {}}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/seen/a", 200), ("/seen/a/", 200), ("/seen/a//", 404), ("/sent//", 404), ("/seen//a", 404)],
)
def test_slashes_mean_the_same_whatever_event_a_request_becomes(
    small: Chalice, path: str, status: int
) -> None:
    asked = Request("GET", path)
    made = [events.rest(asked), events.url(asked), events.http_api(asked)]
    made.append(events.http_api_1(asked, route="ANY /{proxy+}"))
    assert [of(small, event).status for event in made] == [status] * 4


def test_a_stage_is_a_whole_segment(small: Chalice) -> None:
    event = events.http_api(Request("GET", "/seen/a"))
    event["requestContext"]["stage"] = "see"
    assert json.loads(of(small, event).body)["prefix"] == ""


@pytest.mark.parametrize("path", ["/dev", "/dev/", "/", ""])
def test_the_root_of_a_stage(app: Chalice, path: str) -> None:
    event = recorded("http_api_2") | {"rawPath": path, "rawQueryString": ""}
    event["requestContext"] |= {"stage": "dev", "http": {"method": "GET"}}
    prefix = "/dev" if "dev" in path else ""
    links = json.loads(of(app, event).body)["links"]
    assert links["health"] == f"{prefix}/health"


def test_what_an_http_api_has_decoded_is_encoded_again(small: Chalice) -> None:
    """`%2541` came as `%41`, which must not become an A."""
    decoded = events.http_api(Request("GET", "/seen/%2541"))
    assert decoded["rawPath"] == "/seen/%41"
    assert of(small, decoded).status == 404
    assert of(small, events.url(Request("GET", "/seen/%41"))).status == 200


QUERY = "a=1&a=2&a=&b=x%2Cy,z&c=+%2B%20&%C3%A9=%26&d"
PARSED = {"a": ["1", "2", ""], "b": ["x,y,z"], "c": [" + "], "é": ["&"], "d": [""]}


@pytest.mark.parametrize("made", [events.url, events.http_api, events.rest, events.http_api_1])
@pytest.mark.usefixtures("app")
def test_a_query_is_read_as_sent(made: Any) -> None:
    chalice = Api("query")

    @chalice.route("/query")
    def query() -> dict[str, Any]:
        assert chalice.current_request
        given: Any = chalice.current_request.query_params
        return {name: given.getlist(name) for name in given}

    complete(chalice)
    assert json.loads(of(chalice, made(Request("GET", "/query", QUERY))).body) == PARSED


@pytest.mark.parametrize("kind", [None, "application/json", "application/merge-patch+json", "a/b"])
@pytest.mark.parametrize("body", [b"", b"{}", "é".encode()])
def test_a_body_arrives_whole(small: Chalice, kind: str | None, body: bytes) -> None:
    headers = [("Content-Type", kind)] if kind else []
    event = events.url(Request("POST", "/sent", headers=headers, body=body))
    assert json.loads(of(small, event).body) == {
        "body": base64.b64encode(body).decode(),
        "cookie": None,
    }


@pytest.mark.parametrize("twice", [True, False])
def test_cookies_become_one_header(small: Chalice, twice: bool) -> None:
    event = events.url(Request("POST", "/sent", headers=[("Cookie", "a=1; b=2")]))
    assert event["cookies"] == ["a=1", "b=2"]
    if not twice:
        del event["headers"]["cookie"]
    assert json.loads(of(small, event).body)["cookie"] == "a=1; b=2"


@pytest.mark.parametrize("name", ["headers", "rawQueryString", "isBase64Encoded", "routeKey"])
def test_what_may_be_missing(small: Chalice, name: str) -> None:
    event = events.url(Request("GET", "/seen/a"))
    expected = of(small, event)
    del event[name]
    assert of(small, event) == expected


@pytest.mark.parametrize("made", [events.url, events.http_api, events.http_api_1])
@pytest.mark.parametrize("path", ["/pixel", "/font"])
@pytest.mark.parametrize("accept", [[], [("Accept", "text/html")], [("Accept", "image/png")]])
def test_bytes_go_out_as_base64(small: Chalice, made: Any, path: str, accept: Any) -> None:
    sent = small(made(Request("GET", path, headers=accept)), Context())
    assert (sent["statusCode"], sent["isBase64Encoded"]) == (200, True)
    assert base64.b64decode(sent["body"], validate=True) == PIXEL


@pytest.mark.parametrize("path", ["/pixel", "/font"])
@pytest.mark.parametrize("accept", [[], [("Accept", "text/html")], [("Accept", "image/png")]])
def test_a_rest_api_wants_no_accept_for_bytes(small: Chalice, path: str, accept: Any) -> None:
    for routes in (events.GENERIC, list(small.routes)):
        asked = events.rest(Request("GET", path, headers=accept), routes)
        assert of(small, asked).body == PIXEL


def test_every_type_is_binary_to_the_gateway(small: Chalice) -> None:
    """What Chalice writes into the REST API that it makes; JSON, too, then comes as base64."""
    assert small.api.binary_types == ["*/*"]
    headers = [("Content-Type", "application/json")]
    event = events.rest(Request("POST", "/sent", headers=headers, body=PIXEL), ["/sent"])
    event |= {"body": base64.b64encode(PIXEL).decode(), "isBase64Encoded": True}
    assert json.loads(of(small, event).body)["body"] == base64.b64encode(PIXEL).decode()


def test_an_answer_in_format_2(small: Chalice) -> None:
    sent = small(events.url(Request("GET", "/many")), Context())
    assert sent.keys() == {"statusCode", "headers", "cookies", "body", "isBase64Encoded"}
    assert sent["cookies"] == ["a=1", "b=2"]
    assert (sent["headers"]["Link"], sent["headers"]["X-One"]) == ("</x>, </y>", "1")
    assert "Set-Cookie" not in sent["headers"]


def test_an_answer_in_format_1(small: Chalice) -> None:
    sent = small(events.http_api_1(Request("GET", "/many")), Context())
    assert sent["multiValueHeaders"] == {"Set-Cookie": ["a=1", "b=2"], "Link": ["</x>", "</y>"]}


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_an_unknown_path_where_no_route_takes_it(small: Chalice, method: str) -> None:
    answer = of(small, events.http_api(Request(method, "/none"), stage="dev"))
    assert answer.status == (204 if method == "OPTIONS" else 404)
    if method == "GET":
        assert json.loads(answer.body)["type"] == "/dev/errors#route_not_found"


@pytest.mark.parametrize(
    ("path", "offered"),
    [("/seen/a", "GET, HEAD, OPTIONS"), ("/plain/a", "GET, OPTIONS"), ("/sent", "POST, OPTIONS")],
)
def test_a_method_that_no_gateway_of_ours_lets_through(
    small: Chalice, path: str, offered: str
) -> None:
    answer = of(small, events.url(Request("TRACE", path)))
    assert (answer.status, dict(answer.headers)["Allow"]) == (405, offered)
    assert json.loads(answer.body)["code"] == "method_not_allowed"


def test_head_has_no_body(small: Chalice) -> None:
    headers = [("X-Request-Id", "same")]
    got, head = (
        of(small, events.url(Request(method, "/seen/a", headers=headers)))
        for method in ("GET", "HEAD")
    )
    assert got.body
    assert head == (200, got.headers, b"")


DEEP = "<deep>"  # for a list in a list in a list, which hypothesis cannot print


TEXTS = st.sampled_from(["", "x", "/w=", "é\ud800%", "x" * 100_000, "2.0", "1.0", "$default"])
OTHERS = st.sampled_from([None, 7, True, [], [None], ["x"], DEEP])
INSIDE = st.sampled_from([{}, {"x": None}, {"x": []}, {"x": "y"}, {"x": ["y"]}])
ODD = st.one_of(TEXTS, OTHERS, INSIDE)
SENT = Request("POST", "/sent", "", [("Cookie", "a=1"), ("Content-Type", "a/b")], b"\xff")
SEEN = Request("GET", "/seen/a")
MADE = [
    *(events.url(SENT), events.http_api(SENT, stage="dev"), events.http_api_1(SENT)),
    *(events.rest(SEEN), events.rest(SEEN, ["/seen/{id}"]), events.url(SEEN)),
    *(recorded(name) for name in ("http_api_1", "http_api_2", "rest", "function_url")),
]


@pytest.mark.parametrize("name", ["requestId", "path"])
def test_a_context_of_other_types_is_a_400(small: Chalice, name: str) -> None:
    event = events.rest(SEEN, ["/seen/{id}"])
    event["requestContext"][name] = ["x"]
    assert of(small, event).status == 400


def deep() -> Any:
    inner: list[Any] = []
    for _ in range(900):
        inner = [inner]
    return inner


@pytest.mark.parametrize("event", [events.url(SENT), events.http_api_1(SENT), events.rest(SENT)])
@pytest.mark.parametrize(
    "broken",
    [
        {"body": "no base64", "isBase64Encoded": True},
        {"body": "/w=", "isBase64Encoded": True},
        {"body": "é", "isBase64Encoded": True},
        {"body": 7},
        {"headers": ["x"]},
        {"headers": {"x": 7}},
        {"requestContext": "x"},
        {"requestContext": {}},
    ],
)
def test_what_cannot_be_read_is_a_400(
    small: Chalice,
    event: dict[str, Any],
    broken: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = of(small, event | broken)
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "bad_request")
    assert dict(answer.headers)["X-Request-Id"] == "5a8a1d0e"
    assert json.loads(capsys.readouterr().out)["event"] == "event_unknown"


def places(event: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in event.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from places(value, (*path, name))


PLACES = st.sampled_from([(n, place) for n, event in enumerate(MADE) for place in places(event)])


@given(changes=st.lists(st.tuples(PLACES, st.none() | ODD.map(lambda odd: (odd,))), min_size=1))
@settings(max_examples=400)
@example(changes=[((0, ("body",)), ("no base64",))])
@example(changes=[((1, ("rawPath",)), ("/é\ud800%",))])
@example(changes=[((4, ("pathParameters",)), ({"other": "x"},))])
@example(changes=[((4, ("multiValueQueryStringParameters",)), ({"x": []},))])
@example(changes=[((4, ("requestContext", "requestId")), (DEEP,))])
def test_no_event_ends_in_a_trace(
    small: Chalice, changes: list[tuple[tuple[int, tuple[str, ...]], tuple[Any] | None]]
) -> None:
    which = changes[0][0][0]
    event = deepcopy(MADE[which])
    for (_, place), change in changes:
        *way, name = place
        inner: Any = event
        for step in way:
            inner = inner.get(step) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner.pop(name, None)
            inner |= {} if change is None else {name: deep() if change == (DEEP,) else change[0]}
    sent = small(event, Context())
    json.dumps(sent)
    assert ("cookies" in sent) == (event.get("version") == "2.0")
    assert sent["statusCode"] in (200, 204, 400, 404, 405)
    if sent["statusCode"] == 400:
        assert json.loads(sent["body"])["code"] in ("bad_request", "invalid_query")


def test_the_default_stage_is_no_part_of_a_path(app: Chalice) -> None:
    """Else a rule on paths before the API could be walked round."""
    answer = app(events.url(Request("GET", "/$default/health")), Context())
    assert answer["statusCode"] == 404
