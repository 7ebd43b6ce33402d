"""Whether infra/data.json makes the tables that the modules of chalicelib speak of.

A key or an index that is missing, or of another type, would first show as a wrong answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from tools.data import tables

FILE = "infra/data.json"


def mismatches() -> list[str]:
    """A line for each difference. The modules that are compared are those that were imported."""
    try:
        made = tables.resources("app", "stage")
        return [*_differing(made)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return [f"{FILE}: {type(error).__name__} {error}: tools/data/tables.py cannot read it."]


def _differing(made: dict[str, dict[str, Any]]) -> Iterator[str]:
    from chalicekit.table import TABLES

    found = {table["TableName"]: (name, table) for name, table in made.items()}
    for name, described in found.values():
        yield from _undefined(name, described)
    for table in TABLES:
        module = table.model.__module__
        if not module.startswith("chalicelib."):
            continue  # a test's own
        source = f"{module.replace('.', '/')}.py"
        name, described = found.get(f"app-stage-{table.name}", ("", {}))
        if not described:
            yield f"{FILE} has no table ${{App}}-${{Stage}}-{table.name}, which {source} needs."
        else:
            yield from _of(table, name, described, source)
    name, described = found.get("app-stage-claims", ("", {}))
    if _keys(described) != ["pk"] or _types(described).get("pk") != "S":
        yield f"{FILE} has no table ${{App}}-${{Stage}}-claims with the key pk (S)."


def _of(table: Any, name: str, described: dict[str, Any], source: str) -> Iterator[str]:
    from chalicekit.indexes import PARTITION, key_kind

    if _keys(described) != [table.key]:
        has = ", ".join(_keys(described))
        yield f"{FILE}: {name} has the key {has}, {source} says {table.key}."
    indexes = {index["IndexName"]: index for index in described.get("GlobalSecondaryIndexes", [])}
    for index in table.lists.indexes:
        wanted, kept = [index.partition, index.sort], indexes.get(index.name, {})
        if _keys(kept) != wanted:
            yield f"{FILE}: {name} lacks the index {index.name} ({', '.join(wanted)})."
        elif kept.get("Projection") != {"ProjectionType": "ALL"}:
            yield f"{FILE}: {name}'s index {index.name} must have projection ALL."
    members = {table.key, *(m for index in table.lists.indexes for m in index[1:3])}
    types = _types(described)
    for member in sorted(members & types.keys()):
        wants = "S" if member == PARTITION else key_kind(table.model, member)
        if types[member] != wants:
            yield f"{FILE}: {name} keeps {member} as {types[member]}, {source} as {wants}."


def _undefined(name: str, described: dict[str, Any]) -> Iterator[str]:
    """What DynamoDB itself would refuse, and other engines let pass."""
    keys = {*_keys(described)}
    keys.update(*(_keys(index) for index in described.get("GlobalSecondaryIndexes", [])))
    for member in sorted(keys ^ _types(described).keys()):
        what = "no AttributeDefinitions of" if member in keys else "no key or index with"
        yield f"{FILE}: {name} has {what} {member}."


def _keys(described: dict[str, Any]) -> list[str]:
    """The attributes of a key, of a table or an index: HASH, then RANGE."""
    schema = sorted(described.get("KeySchema", []), key=lambda key: str(key["KeyType"]))
    return [key["AttributeName"] for key in schema]


def _types(described: dict[str, Any]) -> dict[str, str]:
    defined = described.get("AttributeDefinitions", [])
    return {each["AttributeName"]: each["AttributeType"] for each in defined}


if __name__ == "__main__":
    import app  # noqa: F401  what it imports is what is served

    sys.exit("\n".join(mismatches()) or 0)
