"""A wrong description of a resource is told in one line, before any test runs."""

from dataclasses import replace
from typing import Any

import pytest

from tests.resources import faults, wrong
from tests.resources.wares import WARES, a_ware
from tests.wares import wares


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, []),
        ({"key": "id"}, ["key is id, and that of the model sku"]),
        ({"members": WARES.members - {"price"}}, ["members lacks price"]),
        ({"members": WARES.members | {"x"}}, ["members has x, and the model does not"]),
        ({"optional": frozenset[str]()}, ["optional lacks note"]),
        ({"unique": "title"}, ["unique is title, and the table's first None"]),
        (
            {"text": "note"},
            ["text is note, which is no required, not unique member of the type Name"],
        ),
        ({"sample": lambda: {"title": "x"}}, ["sample: price: Field required"]),
        (
            {"sample": lambda: a_ware() | {"x": 1}},
            ["sample: x: Extra inputs are not permitted"],
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_each_fault_is_named(changed: dict[str, Any], told: list[str]) -> None:
    assert list(faults(replace(WARES, **changed), wares)) == told


def test_those_here_are_right() -> None:
    assert wrong() == []
