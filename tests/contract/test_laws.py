"""Laws, tried on many examples each."""

import json
import re
import string
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.client import Api, assert_problem
from tests.resources import Json

KEYS = st.text(alphabet=string.ascii_letters + string.digits + "_-", min_size=1, max_size=64)
# Line and paragraph separators count as control characters; something must be seen.
NAMES = (
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=100)
    .map(str.strip)
    .filter(lambda name: any(unicodedata.category(char)[0] in "LNPS" for char in name))
)
NOTES = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
PRICES = st.decimals(0, 10**30, places=2)
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**37), 10**37) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(key=KEYS)
def test_a_key_comes_back_as_it_was_given(api: Api, key: str) -> None:
    api.delete(key)
    try:
        item = api.made(**{api.resource.key: key})
        assert item[api.resource.key] == key
        assert api.shown(key) == item
        assert api.page((api.resource.key, key))["items"] == [item]
    finally:
        assert api.delete(key).status_code == 204


@given(name=NAMES)
def test_a_name_comes_back_as_it_was_given(api: Api, name: str) -> None:
    item = api.made(**{api.resource.text: name})
    assert item[api.resource.text] == name
    assert api.shown(item[api.resource.key])[api.resource.text] == name


@given(price=PRICES, as_number=st.booleans())
def test_a_price_keeps_its_value(wares: Api, price: Decimal, as_number: bool) -> None:
    sample = wares.resource.sample() | {"price": str(price)}
    text = json.dumps(sample)
    if as_number:
        text = text.replace(f'"{price}"', str(price))
    response = wares.post_bytes(text.encode())
    assert response.status_code == 201, response.text
    shown = wares.shown(response.json()["sku"])
    assert shown == response.json()
    assert re.fullmatch(r"\d+(\.\d+)?", shown["price"])
    assert Decimal(shown["price"]) == price


def merge(item: Json, patch: Json) -> Json:
    """RFC 7396 for flat documents; a member that is gone is shown as null."""
    return item | patch


@given(
    patches=st.lists(
        st.fixed_dictionaries({}, optional={"title": NAMES, "note": NOTES}), min_size=1, max_size=4
    )
)
def test_a_patch_is_a_merge_patch(wares: Api, patches: list[Json]) -> None:
    item = expected = changed = wares.made()
    for patch in patches:
        expected = merge(expected, patch)
        response = wares.patch(item["sku"], patch)
        assert response.status_code == 200, response.text
        changed = response.json()
        for name in wares.resource.members | {"created_at"}:
            assert changed[name] == expected[name]
    assert wares.shown(item["sku"]) == changed


@given(body=st.binary(max_size=200))
def test_bytes_are_always_answered(api: Api, body: bytes) -> None:
    response = api.post_bytes(body)
    assert response.status_code in (400, 422)
    code = "invalid_json" if response.status_code == 400 else "invalid_body"
    assert response.json()["code"] == code


@given(value=JSON_VALUES)
def test_json_is_never_called_anything_else(api: Api, value: Any) -> None:
    body = json.dumps({"unheard": value}, ensure_ascii=False)
    try:
        data = body.encode()
    except UnicodeEncodeError:
        assert_problem(api.post_bytes(json.dumps({"unheard": value}).encode()), 400, "invalid_json")
        return
    errors = {f"/{name}": "required" for name in api.resource.required}
    assert_problem(api.post_bytes(data), 422, "invalid_body", errors | {"/unheard": "unknown"})


@given(value=JSON_VALUES)
def test_any_value_of_a_member_is_taken_or_refused(api: Api, value: Any) -> None:
    for name in api.resource.members:
        response = api.post_bytes(json.dumps(api.resource.sample() | {name: value}).encode())
        assert response.status_code in (201, 400, 409, 422), response.text
        if response.status_code == 422:
            places = [error["pointer"] for error in response.json()["errors"]]
            assert {f"/{place.split('/')[1]}" for place in places} == {f"/{name}"}


STEPS = st.lists(st.sampled_from(["next", "next", "add", "remove"]), max_size=12)


@pytest.mark.tables
@settings(max_examples=8)
@given(
    count=st.integers(0, 9),
    limit=st.integers(1, 5),
    sort=st.sampled_from([None, "created_at", "-created_at"]),
    steps=STEPS,
)
def test_a_walk_meets_what_stays_exactly_once(
    api: Api, count: int, limit: int, sort: str | None, steps: list[str]
) -> None:
    api.empty()
    key = api.resource.key
    staying = [api.made()[key] for _ in range(count)]
    params: Json = {"limit": limit} | ({"sort": sort} if sort else {})
    pages = api.walk(**params)
    met: list[str] = []
    page: Json = {"items": [], "next_cursor": ""}
    for step in [*steps, *["next"] * 40]:
        if step == "add":
            api.made()
        elif step == "remove" and staying:
            api.delete(staying.pop(len(staying) // 2))
        elif step == "next":
            page = next(pages, page)
            if page["next_cursor"] is None:
                met += [item[key] for item in page["items"]]
                break
            met += [item[key] for item in page["items"]]
    assert page["next_cursor"] is None
    assert len(set(met)) == len(met)
    assert set(staying) <= set(met)
