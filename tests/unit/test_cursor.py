import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicekit import cursor
from chalicekit.cursor import CursorInvalid

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda n: format(n, "f"))
KINDS = {"id": "S", "price": "N"}
SCOPE = "users\0created_at"


def item(key: str, price: str) -> dict[str, Any]:
    return {"id": {"S": key}, "price": {"N": price}}


@settings(max_examples=200)
@given(key=TEXT, price=NUMBERS, scope=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_cursor_gives_back_the_key_that_it_was_made_of(key: str, price: str, scope: str) -> None:
    text = cursor.write(item(key, price) | {"name": {"S": "Ada"}}, KINDS, scope)
    assert cursor.read(text, KINDS, scope) == item(key, price)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@settings(max_examples=200)
@given(key=TEXT, data=st.data())
def test_any_other_text_is_refused(key: str, data: st.DataObject) -> None:
    text = cursor.write(item(key, "1"), KINDS, SCOPE)
    place = data.draw(st.integers(0, len(text) - 1))
    char = data.draw(st.sampled_from("Aa0-_=+/ é"))
    other = text[:place] + char + text[place + 1 :]
    if other != text:
        with pytest.raises(CursorInvalid):
            cursor.read(other, KINDS, SCOPE)


@settings(max_examples=200)
@given(scope=st.text(st.characters(exclude_categories=["Cs"])))
def test_another_list_refuses_it(scope: str) -> None:
    if scope != SCOPE:
        with pytest.raises(CursorInvalid):
            cursor.read(cursor.write(item("a", "1"), KINDS, SCOPE), KINDS, scope)


def test_other_keys_refuse_it() -> None:
    text = cursor.write(item("a", "1"), KINDS, SCOPE)
    for kinds in ({"id": "S"}, {"id": "N", "price": "N"}, KINDS | {"more": "S"}):
        with pytest.raises(CursorInvalid):
            cursor.read(text, kinds, SCOPE)


@settings(max_examples=200)
@given(payload=st.binary(max_size=60) | TEXT.map(str.encode))
def test_a_digest_alone_is_not_enough(payload: bytes) -> None:
    raw = cursor._digest(payload, SCOPE) + payload
    text = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    with pytest.raises(CursorInvalid):
        cursor.read(text, KINDS, SCOPE)


@pytest.mark.parametrize(
    "values",
    [
        ["a", "NaN"], ["a", "Infinity"], ["a", "1e5"], ["a", "1_000"], ["a", " 1"], ["a", "٣"],
        ["a", ""], ["", "1"], ["a", 1], [None, "1"], ["\ud800", "1"], ["a" * 2049, "1"], ["a"], [],
        ["a", "1", "2"], {"id": "a"}, "a1", None,
    ],
)  # fmt: skip
def test_values_that_are_no_key(values: Any) -> None:
    payload = json.dumps(values).encode()
    raw = cursor._digest(payload, SCOPE) + payload
    with pytest.raises(CursorInvalid):
        cursor.read(base64.urlsafe_b64encode(raw).decode().rstrip("="), KINDS, SCOPE)


def test_the_longest_keys_fit() -> None:
    """DynamoDB takes 2,048 bytes of an id, and what JSON makes of them must not be too long."""
    for key in ("a" * 2048, "é" * 1024, '"' * 2048):
        text = cursor.write({"id": {"S": key}}, {"id": "S"}, SCOPE)
        assert cursor.read(text, {"id": "S"}, SCOPE) == {"id": {"S": key}}
