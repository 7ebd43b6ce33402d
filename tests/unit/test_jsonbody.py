import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicekit import jsonbody
from chalicekit.problems import Problem

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**37), 10**37) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def refused(raw: bytes) -> str:
    with pytest.raises(Problem) as caught:
        jsonbody.parse(raw)
    assert caught.value.code == "invalid_json"
    return caught.value.detail


@settings(max_examples=200)
@given(value=VALUES, indent=st.sampled_from([None, 1]), ascii_only=st.booleans())
def test_what_json_says_is_what_comes_out(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    parsed = jsonbody.parse(text.encode())
    assert parsed == value
    assert json.dumps(parsed) == json.dumps(value)  # 1 and true are equal for Python alone


@settings(max_examples=200)
@given(number=st.decimals(-(10**30), 10**30, places=7))
def test_decimals_keep_every_digit(number: Decimal) -> None:
    parsed = jsonbody.parse(format(number, "f").encode())
    assert isinstance(parsed, Decimal)
    assert parsed.as_tuple() == number.as_tuple()


@settings(max_examples=200)
@given(raw=st.binary(max_size=40) | st.text('{}[]",:0123eE+-. ntf\\u', max_size=30).map(str.encode))
def test_anything_is_parsed_or_refused(raw: bytes) -> None:
    """What we take, Python's own parser takes too, to the same value."""
    try:
        value = jsonbody.parse(raw)
    except Problem:
        refused(raw)
    else:
        assert json.loads(raw.decode(), parse_float=Decimal) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" \n", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf{}", b"NaN", b"[Infinity]",
        b"-Infinity", b'{"a":1,"a":1}', b'[{"a":{"b":1,"b":2}}]', b'{"a":1,"\\u0061":1}',
        b'"\\ud800"', b'"\\udc00\\ud800"', b"{'a':1}", b"[1,]", b'{"a":1,}', b"01", b"1.", b".5",
        b"+1", b"0x1", b"1e", b"// c\n1", b"1 2", b'"a\nb"', b"[", b"tru", b"1e126", b"1e-131",
        b"1e999999999999999999", b"9" * 39, b"0." + b"1" * 39,
    ],
)  # fmt: skip
def test_what_parsers_read_differently_is_refused(raw: bytes) -> None:
    refused(raw)


@pytest.mark.parametrize(
    "raw", [b'"\\ud83d\\ude00"', b"1e125", b"1e-130", b"0e999", b"9" * 38, b"-" + b"9" * 38, b"0.0"]
)
def test_what_dynamodb_keeps_is_taken(raw: bytes) -> None:
    jsonbody.parse(raw)


@pytest.mark.parametrize("template", ["[%s]", '{"a":%s}', '[{"a":%s}]'])
def test_depth(template: str) -> None:
    levels = template.count("[") + template.count("{")
    text = "1"
    for _ in range(jsonbody.MAX_DEPTH // levels):
        text = template % text
    jsonbody.parse(text.encode())
    assert "nested" in refused(f"[{text}]".encode())
    assert "nested" in refused(b"[" * 30_000 + b"1" + b"]" * 30_000)


def test_brackets_in_texts_are_no_depth() -> None:
    assert jsonbody.parse(b'"' + b"[{" * 500 + b'"') == "[{" * 500
    assert len(jsonbody.parse(b"[" + b"[]," * 500 + b"[]]")) == 501
