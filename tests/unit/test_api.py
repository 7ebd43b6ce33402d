"""What views and the framework do beside the kit's own ways."""

from collections.abc import Callable
from typing import Any

import pytest
from chalice.app import Response

from chalicekit.api import _as_problem
from chalicekit.call import Call
from chalicekit.endpoint import Routes
from chalicekit.event import _body
from tests.wares import Ware, WareFields


@pytest.mark.parametrize(
    ("status", "name", "value"), [(401, "WWW-Authenticate", "Bearer"), (429, "Retry-After", "1")]
)
def test_chalices_own_errors_carry_what_http_requires(status: int, name: str, value: str) -> None:
    own = {"Code": "SomeError", "Message": "As the view said"}
    answer = _as_problem(Response(own, {}, status), Call())
    assert (answer.status_code, answer.headers[name]) == (status, value)
    answer = _as_problem(Response(own, {name: "x"}, status), Call())
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
