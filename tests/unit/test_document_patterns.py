"""The patterns of the OpenAPI document say what is read, and nothing else."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chalicekit import fields
from chalicekit.arguments import _idempotency_key
from chalicekit.etags import read_tags
from chalicekit.parameters import RETRY_KEY, TAGS
from chalicekit.problems import BadHeader
from chalicekit.schema_generator import SchemaGenerator

ANY_NUMBER: dict[str, Any] = TypeAdapter(Decimal).json_schema(schema_generator=SchemaGenerator)
DECIMAL: str = ANY_NUMBER["anyOf"][1]["pattern"]
# What is read without surrounding white space: whoever reads a header's value takes it away.
HEADERS = st.text(st.sampled_from('aW/"*, \t'), max_size=12).map(str.strip)
TEXTS = st.text(st.sampled_from("a \n\t\r\x00\x0b\x1f\x7f\x85\x9f\u2028\u00a0é𝒳"), max_size=8)


@settings(max_examples=500)
@given(HEADERS)
def test_of_entity_tags(header: str) -> None:
    try:
        read_tags(header, "If-Match")
    except BadHeader:
        assert not re.search(TAGS, header)
    else:
        assert re.search(TAGS, header)


@settings(max_examples=200)
@given(HEADERS)
@example("a" * 255)
@example("a" * 256)
@example(f'"{"a" * 255}"')
def test_of_an_idempotency_key(header: str) -> None:
    try:
        _idempotency_key(header)
    except BadHeader:
        assert not re.search(RETRY_KEY, header)
    else:
        assert re.search(RETRY_KEY, header)


@pytest.mark.parametrize("kind", [fields.Name, fields.Text], ids=["Name", "Text"])
@settings(max_examples=500)
@given(TEXTS.filter(lambda text: text == text.strip()))  # white space at the ends is taken away
def test_of_texts(kind: Any, text: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    try:
        adapter.validate_python(text)
    except ValidationError:
        assert not re.search(adapter.json_schema()["pattern"], text)
    else:
        assert re.search(adapter.json_schema()["pattern"], text)


@given(st.from_regex(DECIMAL, fullmatch=True, alphabet=st.characters(codec="ascii")))
@example(f"99999e{'9' * 17}")
@example(f"0.0001e-{'9' * 17}")
def test_of_a_number_as_text(text: str) -> None:
    assert Decimal(text).is_finite()


def test_an_exponent_that_no_decimal_has() -> None:
    assert not re.search(DECIMAL, f"1e{'9' * 18}")
