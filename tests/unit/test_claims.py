"""When two unique values are the same."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicekit.claims import normal, unique_pk

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=200)
@given(text=TEXT)
def test_normal_is_stable(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@settings(max_examples=200)
@given(text=TEXT, form=st.sampled_from(["NFC", "NFD"]))
def test_spelling_does_not_matter(text: str, form: str) -> None:
    assert normal(unicodedata.normalize(form, text)) == normal(text)  # type: ignore[arg-type]  # a form's name is text


@settings(max_examples=200)
@given(text=st.text("abcABCéÉßẞσςΣ@.", max_size=20))
def test_case_does_not_matter(text: str) -> None:
    assert normal(text.lower()) == normal(text.upper()) == normal(text.swapcase()) == normal(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("É", "e\u0301"), ("K", "\u212a")],
)
def test_same(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(("one", "other"), [("a", "á"), ("a", "а"), ("ada", "ada "), ("i", "ı")])
def test_different(one: str, other: str) -> None:
    """The second pair is Latin and Cyrillic: alike to the eye, but two addresses."""
    assert normal(one) != normal(other)


def test_tables_and_members_are_apart() -> None:
    pks = {unique_pk(table, member, "a") for table in ("users", "guests") for member in ("x", "y")}
    assert len(pks) == 4


def test_case_is_forgotten_in_every_script() -> None:
    for text in ("ᾷ", "ῇ", "ῷ", "straße", "ﬁ", "É"):
        assert normal(text.upper()) == normal(text)
