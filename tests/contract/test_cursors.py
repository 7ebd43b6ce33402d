"""Cursors: opaque, bound to their list, and useless once anything about them is changed."""

import base64
import re

import pytest

from tests.contract.client import Api, assert_problem
from tests.resources import Json

ORDERS: list[Json] = [{}, {"sort": "created_at"}, {"sort": "-created_at"}]
ERRORS = {"cursor": "invalid"}


def a_cursor(api: Api, **order: str) -> str:
    api.made()
    api.made()
    cursor: str = api.page(limit="1", **order)["next_cursor"]
    return cursor


def assert_invalid(api: Api, cursor: str, **params: str) -> None:
    assert_problem(api.query(cursor=cursor, **params), 400, "cursor_invalid", ERRORS)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_cursor_is_url_safe(api: Api, order: Json) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", a_cursor(api, **order))


@pytest.mark.tables
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_cursor_holds_no_personal_data(empty: Api, order: Json) -> None:
    items = [empty.made(), empty.made()]
    cursor = empty.page(limit="1", **order)["next_cursor"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for item in items:
        for name in empty.resource.required:
            assert str(item[name]).encode() not in raw
            assert str(item[name]) not in cursor


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_cursor_with_any_character_changed(api: Api, order: Json) -> None:
    cursor = a_cursor(api, **order)
    for place, char in enumerate(cursor):
        other = "A" if char != "A" else "B"
        assert_invalid(api, cursor[:place] + other + cursor[place + 1 :], **order)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_cursor_cut_short_or_made_longer(api: Api, order: Json) -> None:
    cursor = a_cursor(api, **order)
    for length in range(len(cursor)):
        assert_invalid(api, cursor[:length], **order)
    for more in ("A", "=", "==", ".", " ", "\n", "é", "\x00", cursor):
        assert_invalid(api, cursor + more, **order)


@pytest.mark.parametrize(
    "cursor",
    ["", " ", "null", "0", "{}", "e30", "bnVsbA", "../users", "%00", "字", "A" * 5000]
    + [
        base64.urlsafe_b64encode(text).decode()
        for text in (b'{"id":{"S":"7"}}', b'["7"]', b"\xff" * 40)
    ],
)
def test_a_cursor_made_up(api: Api, cursor: str) -> None:
    for order in ORDERS:
        assert_invalid(api, cursor, **order)


def test_a_cursor_of_another_order(api: Api) -> None:
    cursors = [(order, a_cursor(api, **order)) for order in ORDERS]
    for order, cursor in cursors:
        assert "items" in api.page(cursor=cursor, **order)
        for other in ORDERS:
            if other != order:
                assert_invalid(api, cursor, **other)


@pytest.mark.tables
def test_a_cursor_of_another_table(api: Api) -> None:
    for resource in api.target.resources:
        other = Api(api.target, resource)
        if resource is not api.resource:
            for order in ORDERS:
                assert_invalid(api, a_cursor(other, **order), **order)


def test_a_limit_may_change_between_pages(api: Api) -> None:
    for _ in range(6):
        api.made()
    whole = [item[api.resource.key] for item in api.page(limit="100")["items"]]
    first = api.page(limit="2")
    second = api.page(limit="3", cursor=first["next_cursor"])
    shown = [item[api.resource.key] for page in (first, second) for item in page["items"]]
    assert shown == whole[:5]


@pytest.mark.tables
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_cursor_whose_item_is_gone_still_works(empty: Api, order: Json) -> None:
    key = empty.resource.key
    for _ in range(5):
        empty.made()
    whole = [item[key] for item in empty.walked(**order)]
    first = empty.page(limit="2", **order)
    for gone in first["items"]:
        assert empty.delete(gone[key]).status_code == 204
    rest = empty.page(cursor=first["next_cursor"], **order)
    assert [item[key] for item in rest["items"]] == whole[2:]
    assert rest["next_cursor"] is None


@pytest.mark.tables
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_cursor_with_nothing_left_behind_it(empty: Api, order: Json) -> None:
    key = empty.resource.key
    for _ in range(3):
        empty.made()
    first = empty.page(limit="2", **order)
    for item in empty.walked(**order):
        empty.delete(item[key])
    after = empty.page(cursor=first["next_cursor"], **order)
    assert after == {"items": [], "next_cursor": None}
