"""What the API asks of DynamoDB, so that its role is granted that and nothing else.

What a method of a table sends is known here (tests/deployed/test_grants.py shows that all of it is
needed); which methods and lists there are, the modules of chalicelib tell. A transaction needs the
actions of its parts.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from types import ModuleType
from typing import Any

from tools import kit
from tools.data.tables import CLAIMS

METHODS = {
    "get": {"GetItem"},
    "page": {"Scan"},
    "add": {"PutItem"},
    "replace": {"GetItem", "UpdateItem"},
    "patch": {"GetItem", "UpdateItem"},
    "delete": {"GetItem", "DeleteItem"},
}


@dataclass
class Use:
    """What is done with a table: actions on itself, and the indexes that are queried."""

    actions: set[str] = field(default_factory=set)
    indexes: set[str] = field(default_factory=set)


def uses(*, counted: bool = False) -> dict[str, Use]:
    """What the modules that app.py mounts do with each table, by its short name. Raises Refusal.

    Where requests are `counted` (RATE_LIMIT, mail), that is done in the claims table.
    """
    tables = kit.tables()
    found = {table.name: Use() for table in tables}
    claims = Use({"UpdateItem"} if counted else set())
    for table in tables:
        methods = _methods(table)
        _add(table, methods, found[table.name])
        claims.actions |= _on_claims(table, methods)
    if tables:
        found[tables[0].name].actions.add("GetItem")  # of /health?deep=1
    return found | ({CLAIMS: claims} if claims.actions else {})


def _add(table: Any, methods: set[str], use: Use) -> None:
    use.actions |= {action for method in methods for action in METHODS[method]}
    if "page" not in methods:
        return
    if table.owned:
        use.actions.discard("Scan")  # every list is a Query of one owner's items
    filters = {*table.lists.query.model_fields}
    if table.key in filters:
        use.actions.add("BatchGetItem")
    if filters & {*table.unique}:
        use.actions.add("GetItem")
    use.indexes |= {index.name for index in _served(table.lists)}


def _served(lists: Any) -> Iterator[Any]:
    """The indexes that some query asks for."""
    from chalicekit.lists import PAGING
    from chalicekit.problems import BadQuery

    filters = {*lists.query.model_fields} - PAGING - {"sort", lists.key, *lists.unique}
    orders = {"", *(value.lstrip("-") for value in lists.sorts())}
    for asked, order in product([{}, *({name: ""} for name in filters)], orders):
        with suppress(BadQuery):
            if index := lists.serving(asked, order):
                yield index


def _on_claims(table: Any, methods: set[str]) -> set[str]:
    """What goes to the claims table: claims on unique values, and idempotency records."""
    actions = set[str]()
    if "add" in methods:
        actions.add("PutItem")
    if "page" in methods and {*table.unique} & table.lists.query.model_fields.keys():
        actions.add("GetItem")
    if table.unique and methods & {"replace", "patch"}:
        actions |= {"PutItem", "DeleteItem"}
    if table.unique and "delete" in methods:
        actions.add("DeleteItem")
    if {"add", "delete"} <= methods:
        actions.add("UpdateItem")  # what a record keeps of an item that is deleted
    return actions


def _methods(table: Any) -> set[str]:
    """The methods of a table that are called somewhere; all, where that cannot be seen."""
    called = set[str]()
    for module in [m for name, m in sys.modules.items() if name.startswith("chalicelib.")]:
        names = {name for name, value in vars(module).items() if value is table}
        called |= set(_called(module, names)) if names else set()
    seen = called & METHODS.keys()
    return {*METHODS} if "" in called or not seen else seen


def _called(module: ModuleType, names: set[str]) -> Iterator[str]:
    """What is asked of these variables, "" where one is handed on as it is."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(module))))
    asked = {id(node.value): node.attr for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
            yield asked.get(id(node), "")
