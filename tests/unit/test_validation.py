"""Patches: what is judged at once, and what needs the stored values."""

from typing import Self

import pytest
from pydantic import model_validator

from chalicekit.fields import Key, Model, Time
from chalicekit.problems import BadBody
from chalicekit.validation import Patch, whole


class Event(Model):
    id: Key
    begins: int
    ends: int
    note: str | None = None

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.begins > self.ends:
            raise ValueError("Must begin before it ends")
        return self


STORED = {"id": "1", "begins": 3, "ends": 5, "note": "kept", "colour": "red"}


@pytest.mark.parametrize(
    ("document", "changes"),
    [
        ({"begins": 4}, {"begins": 4}),
        ({"begins": 6, "ends": 7}, {"begins": 6, "ends": 7}),
        ({"note": None}, {"note": None}),
    ],
)
def test_a_rule_between_members_sees_what_is_stored(
    document: dict[str, object], changes: dict[str, object]
) -> None:
    patch = Patch(Event, document)
    assert patch.reads
    assert patch.changes(STORED) == changes


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        ({"begins": 6}, "", "invalid"),
        ({"ends": None}, "/ends", "required"),
        ({"foo": 1}, "/foo", "unknown"),
        ({"foo": None}, "/foo", "unknown"),
        ({"begins": "x"}, "/begins", "invalid"),
    ],
)
def test_a_rule_that_does_not_hold(document: dict[str, object], pointer: str, code: str) -> None:
    with pytest.raises(BadBody) as caught:
        Patch(Event, document).changes(STORED)
    assert [(e["pointer"], e["code"]) for e in caught.value.errors] == [(pointer, code)]


def test_a_patch_without_rules_reads_nothing() -> None:
    class Plain(Model):
        id: Key
        name: str

    assert not Patch(Plain, {"name": "Ada"}).reads


class Meeting(Model):
    at: Time


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-01-01T10:00:00+02:00", "2026-01-01T08:00:00.000Z"),
        ("2026-01-01T10:00:00.1Z", "2026-01-01T10:00:00.100Z"),
        ("2026-01-01T10:00:00.123456Z", "2026-01-01T10:00:00.123Z"),
    ],
)
def test_times_have_one_spelling(given: str, kept: str) -> None:
    assert whole(Meeting, {"at": given}).model_dump() == {"at": kept}


def test_a_time_needs_a_zone() -> None:
    with pytest.raises(BadBody):
        whole(Meeting, {"at": "2026-01-01T10:00:00"})
