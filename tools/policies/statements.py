"""The statements of an IAM policy, changed in its text: what else is there stays as it was."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from tools.resources.edits import CannotEdit

Statement = dict[str, Any]
EMPTY = '{\n  "Version": "2012-10-17",\n  "Statement": []\n}\n'
INDENT = "    "  # of a statement


class Found(NamedTuple):
    """A statement, and where it begins and ends in the text."""

    value: Statement
    begin: int
    end: int

    @property
    def sid(self) -> str:
        return str(self.value.get("Sid", ""))


def found(text: str) -> list[Found]:
    """The statements of a policy, in their order. Raises CannotEdit."""
    try:
        statements = json.loads(text)["Statement"]
        begin = re.search(r'"Statement"\s*:\s*\[', text)
        if begin is None or not all(isinstance(statement, dict) for statement in statements):
            raise CannotEdit("the Statement of a policy file is no list of statements")
        position, places = begin.end(), []
        for _ in statements:
            position = text.index("{", position)
            value, end = json.JSONDecoder().raw_decode(text, position)
            places.append(Found(value, position, end))
            position = end
    except (ValueError, KeyError, TypeError) as error:
        raise CannotEdit(f"a policy file is no IAM policy ({type(error).__name__})") from None
    return places


def without(text: str, sid: str) -> str:
    """The policy without the statements whose Sid matches."""
    for index, statement in reversed([*enumerate(found(text))]):
        if re.fullmatch(sid, statement.sid):
            text = _cut(text, index)
    return text


def changed(text: str, statement: Statement) -> str:
    """The policy with a statement in the place of the one that has its Sid."""
    for old in found(text):
        if old.sid == statement["Sid"]:
            return text[: old.begin] + _json(statement) + text[old.end :]
    raise CannotEdit(f"it has no statement {statement['Sid']}")


def added(text: str, statement: Statement, before: str | None) -> str:
    """The policy with one more statement: before the one of that Sid, or behind all."""
    present = found(text)
    if before is not None:
        place = next(old.begin for old in present if old.sid == before)
        return f"{text[:place]}{_json(statement)},\n{INDENT}{text[place:]}"
    if present:
        place = present[-1].end
        return f"{text[:place]},\n{INDENT}{_json(statement)}{text[place:]}"
    return re.sub(
        r'("Statement"\s*:\s*\[)\s*\]', lambda m: f"{m[1]}\n{INDENT}{_json(statement)}\n  ]", text
    )


def _cut(text: str, index: int) -> str:
    """The text without a statement, and without the comma that held it to the others."""
    present = found(text)
    begin, end = present[index].begin, present[index].end
    if index + 1 < len(present):
        end = present[index + 1].begin
    elif index:
        begin = present[index - 1].end
    else:
        return re.sub(r"\[\s*\]", "[]", text[:begin] + text[end:], count=1)
    return text[:begin] + text[end:]


def _json(statement: Statement) -> str:
    return json.dumps(statement, indent=2).replace("\n", f"\n{INDENT}")
