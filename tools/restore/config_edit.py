"""Settings of a stage changed in .chalice/config.json, and nothing else in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tools.refusals import Refusal

DECODER = json.JSONDecoder()
PLACE = ("stages", "{stage}", "environment_variables")


class Member(NamedTuple):
    """One member of an object, and where its value stands in the text."""

    name: str
    start: int
    end: int


def edited(text: str, stage: str, settings: Mapping[str, str]) -> str:
    """The file's text with these settings in a stage. Raises Refusal where it has none yet."""
    for name, value in settings.items():
        text = _set(text, _object(text, stage), name, json.dumps(value))
    return text


def _object(text: str, stage: str) -> int:
    """Where the stage's settings begin."""
    start = _after_space(text, 0)
    for name in (part.format(stage=stage) for part in PLACE):
        found = [member.start for member in _members(text, start) if member.name == name]
        if not found:
            raise Refusal(f".chalice/config.json: stage {stage} has no environment_variables.")
        start = found[-1]
    return start


def _set(text: str, start: int, name: str, value: str) -> str:
    members = list(_members(text, start))
    for member in reversed(members):  # of two of a name, JSON's readers take the last
        if member.name == name:
            return text[: member.start] + value + text[member.end :]
    new = f"{json.dumps(name)}: {value}"
    if not members:
        return text[: start + 1] + new + text[start + 1 :]
    before = text[start + 1 : _after_space(text, start + 1)]  # a line's end and its indent
    end = members[-1].end
    return f"{text[:end]},{before or ' '}{new}{text[end:]}"


def _members(text: str, start: int) -> Iterator[Member]:
    """The members of the object that begins here."""
    at = _after_space(text, start + 1)
    while text[at] != "}":
        name, at = DECODER.raw_decode(text, at)
        begin = _after_space(text, _after_space(text, at) + 1)  # past the colon
        _, end = DECODER.raw_decode(text, begin)
        yield Member(name, begin, end)
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at
