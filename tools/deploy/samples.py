"""Bodies made from an OpenAPI document: what a client that knows nothing else could send."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Schema = dict[str, Any]
FORMATS = {
    "email": "smoke.{token}@example.com",
    "idn-email": "smoke.{token}@example.com",
    "uuid": "00000000-0000-4000-8000-{token}",
    "uri": "https://example.com/{token}",
}
# Tried against a pattern, in this order.
TEXTS = ("smoke-{token}", "smoke{token}", "SMOKE", "1", "12.50", "A1", "AA", "EUR")
DEEPEST = 8  # a model may hold itself


class NoSample(Exception):
    """None can be made; the message says of what."""


@dataclass(frozen=True)
class Sample:
    """One thing to make: where, under which key, and with what body."""

    path: str
    key: str
    body: dict[str, Any]

    @property
    def own_path(self) -> str:
        return f"{self.path}/{self.key}"


def of(document: dict[str, Any]) -> list[Sample | NoSample]:
    """One for each resource that can be made, read and deleted, or why there is none."""
    found = [_sample(document, *resource) for resource in _resources(document)]
    return found or [NoSample("/openapi.json has no resource with POST, GET and DELETE")]


def _sample(
    document: dict[str, Any], path: str, parameter: str, schema: Schema
) -> Sample | NoSample:
    token = secrets.token_hex(6)
    try:
        body = _Maker(document, token).value(schema, "a body")
    except NoSample as none:
        return NoSample(f"no body for POST {path} can be made from /openapi.json ({none})")
    return Sample(path, f"smoke-{token}", body | {parameter: f"smoke-{token}"})


def _resources(document: dict[str, Any]) -> Iterator[tuple[str, str, Schema]]:
    """Path, name of the key, and schema of what POST takes."""
    paths = document["paths"]
    for path, methods in paths.items():
        if not (body := methods.get("post", {}).get("requestBody")):
            continue
        for other, its in paths.items():
            one = re.fullmatch(re.escape(path) + r"/\{(\w+)\}", other)
            if one and "get" in its and "delete" in its:
                schema = body["content"].get("application/json", {}).get("schema", {})
                yield path, one[1], schema


class _Maker:
    """Makes values of a document's schemas; what must be unique is made with `token`."""

    def __init__(self, document: dict[str, Any], token: str) -> None:
        self._document = document
        self._token = token

    def value(self, schema: Schema, name: str, depth: int = 0) -> Any:
        """A value of a schema, the one that it gives itself, if any. Raises NoSample."""
        if depth > DEEPEST:
            raise NoSample(f"{name} holds itself")
        if "$ref" in schema:
            return self.value(self._referred(schema["$ref"]), name, depth + 1)
        for several in ("examples", "enum"):
            if schema.get(several):
                return schema[several][0]
        for single in ("const", "example", "default"):
            if single in schema:
                return schema[single]
        if choices := schema.get("anyOf") or schema.get("oneOf"):
            real = next(choice for choice in choices if choice != {"type": "null"})
            return self.value(real, name, depth + 1)
        return self._typed(schema, name, depth)

    def _referred(self, ref: str) -> Schema:
        target: Any = self._document
        for part in ref.removeprefix("#/").split("/"):
            target = target[part]
        found: Schema = target
        return found

    def _typed(self, schema: Schema, name: str, depth: int) -> Any:
        kinds = schema.get("type")
        match next((k for k in kinds if k != "null"), "") if isinstance(kinds, list) else kinds:
            case "string":
                return self._text(schema, name)
            case "integer" | "number":
                return _number(schema)
            case "boolean":
                return False
            case "array":
                item, times = schema.get("items", {}), range(schema.get("minItems", 0))
                return [self.value(item, name, depth + 1) for _ in times]
            case "object":
                members, needed = schema.get("properties", {}), schema.get("required", [])
                return {n: self.value(members[n], n, depth + 1) for n in needed if n in members}
        raise NoSample(f"{name} has no type: give it examples")

    def _text(self, schema: Schema, name: str) -> str:
        now = datetime.now(UTC)
        match schema.get("format"):
            case "date-time":
                return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            case "date":
                return now.date().isoformat()
            case known if known in FORMATS:
                return FORMATS[known].format(token=self._token)
        least, most = schema.get("minLength", 0), schema.get("maxLength", 1000)
        for text in TEXTS:
            made = text.format(token=self._token)[:most].ljust(least, "x")
            if re.search(schema.get("pattern", ""), made):
                return made
        raise NoSample(f"{name} follows a pattern: give it examples")


def _number(schema: Schema) -> float:
    """The number nearest to 1 that is allowed."""
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", low + 2) - 1)
    number: float = max(low, min(1, high))
    step = schema.get("multipleOf")
    return -(-number // step) * step if step else number
