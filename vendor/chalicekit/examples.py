"""Examples for an OpenAPI document, made from its schemas.

What a member's own `examples` say goes first, then what the kit's types are like, then what the
schema allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .fields import LIKE

Schema = dict[str, Any]

FORMATS = {
    "date": "2026-11-20",
    "date-time": "2026-11-20T14:40:11.902Z",
    "decimal": "12.50",
    "email": "ada@example.org",
    "uri": "https://example.org/",
    "uri-reference": "/",
    "uuid": "67f1a9a8-06d6-4e7c-88dd-1d0f6f33f5e9",
}
TEXTS = ("A few words", "words", "12.50", "1", "A1", "AA", "EUR", "2026-11-20")  # tried in turn
NUMBER = 12.5
DEEPEST = 8  # a model may hold itself


class NoExample(Exception):
    """None can be made: a pattern or a rule is in the way, and no example is given."""


class Examples:
    """Makes values of schemas; `components` are those that `$ref` may name."""

    def __init__(self, components: Mapping[str, Schema]) -> None:
        self._components = components

    def answered(self, schema: Schema) -> Any:
        """A value with all its members. Raises NoExample."""
        return self._value(schema, sent=False)

    def sent(self, schema: Schema, *, key: str = "", patch: bool = False) -> Any:
        """A value as a client would send it: without what the server keeps or makes, such as the
        key, and what may as well be left out. A patch is its first member. Raises NoExample.
        """
        value = self._value(schema, sent=True)
        members = {k: v for k, v in value.items() if k != key}
        return dict([*members.items()][:1]) if patch else members

    def _value(self, schema: Schema, *, sent: bool, depth: int = 0) -> Any:
        if depth > DEEPEST:
            raise NoExample
        if "$ref" in schema:
            named = self._components[schema["$ref"].rpartition("/")[2]]
            return self._value(named, sent=sent, depth=depth + 1)
        for several in ("examples", "enum"):
            if schema.get(several):
                return schema[several][0]
        for single in (LIKE, "const", "default"):
            if schema.get(single) is not None:
                return schema[single]
        if choices := [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]:
            return self._value(choices[0], sent=sent, depth=depth + 1)
        return self._typed(schema, sent=sent, depth=depth)

    def _typed(self, schema: Schema, *, sent: bool, depth: int) -> Any:
        match kind(schema):
            case "string":
                return _text(schema)
            case "integer":
                return int(_number(schema, 1))
            case "number":
                return _number(schema, NUMBER)
            case "boolean":
                return True
            case "array":
                return [self._value(schema.get("items", {}), sent=sent, depth=depth + 1)]
            case "object" if "properties" in schema:
                return self._object(schema, sent=sent, depth=depth)
        raise NoExample

    def _object(self, schema: Schema, *, sent: bool, depth: int) -> dict[str, Any]:
        made, required = {}, schema.get("required", ())
        for name, member in schema["properties"].items():
            optional = name not in required
            if sent and (
                member.get("readOnly") or (optional and member.get("default") is not None)
            ):
                continue
            try:
                made[name] = self._value(member, sent=sent, depth=depth + 1)
            except NoExample:
                if not optional:
                    raise
        return made


def kind(schema: Schema) -> str:
    """The type of a schema's values, null apart."""
    types = schema.get("type", "")
    return next((t for t in types if t != "null"), "") if isinstance(types, list) else types


def _text(schema: Schema) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    least, most = schema.get("minLength", 0), schema.get("maxLength", 1000)
    for text in TEXTS:
        if least <= len(text) <= most and re.search(schema.get("pattern", ""), text):
            return text
    raise NoExample


def _number(schema: Schema, wanted: float) -> float:
    """The allowed number nearest to the one that is wanted."""
    low = schema.get("minimum", schema.get("exclusiveMinimum", wanted - 1) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", low + wanted + 1) - 1)
    number: float = max(low, min(wanted, high))
    step = schema.get("multipleOf")
    return -(-number // step) * step if step else number
