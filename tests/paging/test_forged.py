"""Cursors made up by someone who knows how they are made: the digest is no secret."""

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicekit import cursor as cursors
from tests.contract.client import assert_problem
from tests.paging.test_walks import ORDERS, user
from tests.proxied import Proxied, name
from tests.resources import Json
from tests.resources.users import USERS

VALUES = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(min_codepoint=0x80, max_codepoint=0x10FFFF), max_size=700),
    st.sampled_from(["", "\x00", "a" * 1024, "a" * 1025, "a" * 2048, "a" * 2049, "\ud800", "null"]),
    st.none() | st.booleans() | st.integers() | st.floats(),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.sampled_from("SNBM"), st.text(max_size=3), max_size=2),
)


def scope(order: Json) -> str:
    """The list that a cursor belongs to, as the app binds it."""
    sort = order.get("sort", "")
    fixed = {"_table": {"S": "users"}} if sort else {}
    return "\0".join([name("users"), "created_at" if sort else "", sort, repr(fixed), "anonymous"])


def forged(values: Any, order: Json) -> str:
    """A cursor of these values with the right digest."""
    payload = json.dumps(values, separators=(",", ":")).encode()
    raw = cursors._digest(payload, scope(order)) + payload
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.fixture(scope="module")
def filled(app: Proxied) -> Proxied:
    app.clear()
    app.fill("users", [user(place % 3) for place in range(6)])
    for _ in range(3):
        app.users.made()
        app.wares.made()
    return app


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_forged_cursor_is_made_as_the_app_does(filled: Proxied, order: Json) -> None:
    page = filled.users.page(limit="2", **order)
    last = page["items"][-1]
    values = [last["id"], last["created_at"]] if order else [last["id"]]
    assert forged(values, order) == page["next_cursor"]


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.sampled_from(ORDERS), values=st.lists(VALUES, max_size=3) | VALUES)
@example(order={}, values=["unique#users#email#ada@example.org"])
@example(order={}, values=["a" * 2048])
@example(order={"sort": "created_at"}, values=["a", "9999"])
@example(order={"sort": "created_at"}, values=["a", "a" * 1025])
@example(order={"sort": "-created_at"}, values=["a", ""])
def test_a_forged_cursor_is_refused_or_harmless(filled: Proxied, order: Json, values: Any) -> None:
    shown = {item["id"] for item in filled.users.walked(limit="100", **order)}
    response = filled.users.query(cursor=forged(values, order), limit="100", **order)
    if response.status_code == 200:
        body = response.json()
        assert {item["id"] for item in body["items"]} <= shown
        assert all(item.keys() >= USERS.members for item in body["items"])
        assert body["next_cursor"] is None
    else:
        assert_problem(response, 400, "cursor_invalid", {"cursor": "invalid"})


@pytest.mark.parametrize("payload", [b"[" * 5000, b'{"a":' * 900, b"1" * 5000, b'["\\ud800"]', b""])
def test_a_payload_that_is_no_list_of_keys(filled: Proxied, payload: bytes) -> None:
    raw = cursors._digest(payload, scope({})) + payload
    text = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    response = filled.users.query(cursor=text)
    assert_problem(response, 400, "cursor_invalid", {"cursor": "invalid"})


@pytest.mark.parametrize("order", ORDERS[1:], ids=str)
def test_it_goes_on_from_a_place_where_nothing_is(filled: Proxied, order: Json) -> None:
    """It reaches what the list shows behind that place, and nothing else."""
    place = "2026-01-01T00:00:01.500Z"
    page = filled.users.page(cursor=forged(["none", place], order), limit="100", **order)
    later = order["sort"] == "created_at"
    every = filled.users.walked(limit="100", **order)
    assert page["items"] == [i for i in every if (i["created_at"] > place) == later]
