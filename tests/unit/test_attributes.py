from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicekit.attributes import OutOfRange, decode, encode

NUMBERS = st.integers(-(10**38) + 1, 10**38 - 1).map(Decimal) | st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(-(10**20), 10**20),
    st.integers(-100, 100),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=200)
@given(value=VALUES)
def test_a_value_comes_back(value: Any) -> None:
    encoded = encode(value)
    assert decode(encoded) == value
    assert list(kinds(encoded)) == list(kinds(encode(decode(encoded))))


def kinds(value: Mapping[str, Any]) -> Any:
    ((kind, inner),) = value.items()
    yield kind
    if kind == "L":
        for item in inner:
            yield from kinds(item)
    if kind == "M":
        for item in inner.values():
            yield from kinds(item)


@settings(max_examples=200)
@given(number=NUMBERS)
def test_a_number_is_written_in_one_way(number: Decimal) -> None:
    """As DynamoDB gives it back, so that the answer to a write is what a read gives."""
    text = encode(number)["N"]
    assert encode(Decimal(text)) == {"N": text}
    mantissa = text.partition("E")[0]
    assert "." not in mantissa or not mantissa.endswith("0")


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), (-0.0, "0"), (0.1, "0.1"), (Decimal("12.50"), "12.5"), (Decimal("1E+3"), "1000")],
)
def test_numbers(value: Any, text: str) -> None:
    assert encode(value) == {"N": text}


@pytest.mark.parametrize(
    "number", [10**39 + 1, Decimal("1e126"), Decimal("1e-131"), Decimal("0." + "1" * 39)]
)
def test_a_number_is_never_rounded(number: Any) -> None:
    with pytest.raises(OutOfRange):
        encode(number)


class Colour(Enum):
    RED = "red"


class Word(str):
    __slots__ = ()


def test_what_has_no_type_of_its_own_is_text() -> None:
    assert encode(date(2026, 1, 2)) == {"S": "2026-01-02"}
    assert encode(Colour.RED) == {"S": "red"}
    assert type(encode(Word("a"))["S"]) is str
    assert encode(True) == {"BOOL": True}
    assert encode((1, None)) == {"L": [{"N": "1"}, {"NULL": True}]}


def test_what_others_have_written_is_read() -> None:
    assert decode({"NS": ["1", "2.5"]}) == [Decimal(1), Decimal("2.5")]
    assert decode({"SS": ["a"]}) == ["a"]
    assert decode({"B": b"x"}) == b"x"
