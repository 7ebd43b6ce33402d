"""Condition and update expressions with their placeholders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .attributes import Value


class Expression:
    """The expressions of one request; names and values are always placeholders.

    DynamoDB has 573 reserved words, `name` among them, so no attribute is written out.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Value] = {}
        self._conditions: list[str] = []
        self._update = ""

    def name(self, attribute: str) -> str:
        for placeholder, known in self._names.items():
            if known == attribute:
                return placeholder
        placeholder = f"#n{len(self._names)}"
        self._names[placeholder] = attribute
        return placeholder

    def value(self, value: Value) -> str:
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = value
        return placeholder

    def require(self, condition: str) -> None:
        """Add a condition; all must hold."""
        self._conditions.append(condition)

    def exists(self, attribute: str) -> None:
        self.require(f"attribute_exists({self.name(attribute)})")

    def absent(self, attribute: str) -> None:
        self.require(f"attribute_not_exists({self.name(attribute)})")

    def equal(self, attribute: str, value: Value) -> None:
        self.require(f"{self.name(attribute)} = {self.value(value)}")

    def among(self, attribute: str, values: Iterable[Value], *, negated: bool = False) -> None:
        condition = f"{self.name(attribute)} IN ({', '.join(map(self.value, values))})"
        self.require(f"NOT {condition}" if negated else condition)

    def assign(self, changes: Mapping[str, Value | None]) -> None:
        """Set attributes; None removes one."""
        sets = [f"{self.name(k)} = {self.value(v)}" for k, v in changes.items() if v is not None]
        gone = [self.name(k) for k, v in changes.items() if v is None]
        self._update = f"SET {', '.join(sets)}" if sets else ""
        if gone:
            self._update += f" REMOVE {', '.join(gone)}"

    def increase(self, attribute: str, by: Value) -> None:
        """Add to a number; to be said after `assign`."""
        self._update += f" ADD {self.name(attribute)} {self.value(by)}"

    def parameters(self) -> dict[str, Any]:
        """The members of a request that this stands for."""
        given = {
            "ConditionExpression": " AND ".join(self._conditions),
            "UpdateExpression": self._update.strip(),
            "ExpressionAttributeNames": self._names,
            "ExpressionAttributeValues": self._values,
        }
        return {name: member for name, member in given.items() if member}
