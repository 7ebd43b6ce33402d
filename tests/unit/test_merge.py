"""Merge patch (RFC 7396), its examples and its laws."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicekit.validation import merge, pointer

LEAVES = st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2)
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text("ab", max_size=2), JSON, max_size=3)


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [  # appendix A of the RFC
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_examples_of_the_rfc(document: Any, patch: Any, result: Any) -> None:
    assert merge(document, patch) == result


@settings(max_examples=200)
@given(document=JSON, patch=JSON)
def test_twice_is_once(document: Any, patch: Any) -> None:
    once = merge(document, patch)
    assert merge(once, patch) == once


@settings(max_examples=200)
@given(document=JSON, patch=JSON)
def test_the_document_is_left_as_it_was(document: Any, patch: Any) -> None:
    before = repr(document), repr(patch)
    merge(document, patch)
    assert (repr(document), repr(patch)) == before


@settings(max_examples=200)
@given(document=OBJECTS)
def test_an_empty_patch_changes_nothing(document: Any) -> None:
    assert merge(document, {}) == document


@settings(max_examples=200)
@given(document=OBJECTS, patch=OBJECTS)
def test_what_a_patch_does_not_name_stays(document: Any, patch: Any) -> None:
    result = merge(document, patch)
    for name in document.keys() | patch.keys():
        if name not in patch:
            assert result[name] == document[name]
        elif patch[name] is None:
            assert name not in result
        elif not isinstance(patch[name], dict):
            assert result[name] == patch[name]


def test_pointers() -> None:
    assert pointer([]) == ""
    assert pointer(["a", 0, "b/c", "d~e", ""]) == "/a/0/b~1c/d~0e/"
