"""Packages made lighter to import: what no request of this API needs is imported where it is used.

lighter.toml lists what is changed, in which file of which version, and why. A change that does not
fit the file as it is, since the package is a newer one, is left out, and a line says so: all works
without it, only slower, and the budget of the cold start tells by how much.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("lighter.toml")
Statement = ast.Import | ast.ImportFrom
Function = ast.FunctionDef | ast.AsyncFunctionDef


class MisfitError(Exception):
    """A change does not fit the source; the message says what is amiss."""


def changes() -> dict[str, Any]:
    """What lighter.toml says of each file, by its path in site-packages."""
    return tomllib.loads(TABLE.read_text())


def lighten(site: Path) -> Iterator[str]:
    """Change the packages in `site`; gives a line for each file that a change does not fit."""
    for path, wanted in changes().items():
        file = site / path
        if not file.is_file():
            continue  # an API without it
        try:
            file.write_text(changed_source(file.read_text(), wanted))
        except MisfitError as misfit:
            yield f"{path} is left as it is, and slower to import: {misfit}."


def changed_source(source: str, wanted: dict[str, Any]) -> str:
    """A module with its changes. Raises MisfitError."""
    for replaced in wanted.get("replace", []):
        if source.count(replaced["old"]) != 1:
            raise MisfitError(f"it holds {replaced['old'].splitlines()[0]!r} not once")
        source = source.replace(replaced["old"], replaced["new"])
    names = wanted.get("defer", [])
    return _deferred(source, names) if names else source


def _deferred(source: str, names: list[str]) -> str:
    """A module that imports these names in the functions that use them, and for who asks for them.

    Raises MisfitError where one is not imported at the top, or used outside of functions.
    """
    tree = ast.parse(source)
    statements = [node for node in tree.body if isinstance(node, Statement)]
    imports = {name: node for node in statements for name in _bound(node) if name in names}
    if missing := {*names} - imports.keys():
        raise MisfitError(f"it does not import {min(missing)}")
    lines = source.splitlines(keepends=True)
    edits = [*_left(imports), *_inside(tree, imports, lines)]
    for at, end, text in sorted(edits, reverse=True):
        lines[at:end] = [text]
    return "".join([*lines, _given(imports)])


def _bound(node: Statement) -> list[str]:
    """The names that an import binds."""
    return [one.asname or one.name.split(".")[0] for one in node.names]


def _left(imports: dict[str, Statement]) -> Iterator[tuple[int, int, str]]:
    """Each import without what is deferred: first line, line after the last, text."""
    for node in {id(node): node for node in imports.values()}.values():
        rest = [one for one in node.names if _bound(_alone(node, one))[0] not in imports]
        text = ""
        if rest:
            text = ast.unparse(_alone(node, *rest)) + "\n"
        yield node.lineno - 1, node.end_lineno or node.lineno, text


def _alone(node: Statement, *names: ast.alias) -> Statement:
    if isinstance(node, ast.Import):
        return ast.Import([*names])
    return ast.ImportFrom(node.module, [*names], node.level)


def _statement(name: str, node: Statement) -> str:
    found = [one for one in node.names if _bound(_alone(node, one)) == [name]]
    return ast.unparse(_alone(node, *found))


def _inside(
    tree: ast.Module, imports: dict[str, Statement], source: list[str]
) -> Iterator[tuple[int, int, str]]:
    """The imports in each function that uses what is deferred, as late as it may be."""
    used: dict[Function, set[str]] = {}
    for name, function in _uses(tree, {*imports}, None, lazy=_lazy_annotations(tree)):
        if function is None:
            raise MisfitError(f"it uses {name} while it is imported")
        used.setdefault(function, set()).add(name)
    for function, names in used.items():
        for name in names:
            place = _place(function.body, name, source)
            if place is None:
                raise MisfitError(f"{function.name} is one line")
            line, column = place
            yield line, line, f"{' ' * column}{_statement(name, imports[name])}\n"


def _place(block: list[ast.stmt], name: str, lines: list[str]) -> tuple[int, int] | None:
    """Before which line, and how far to the right, to import what is first used in this block."""
    at = next(one for one in block if _names(one, name))
    inner = [getattr(at, part, []) for part in ("body", "orelse", "finalbody")]
    using = [each for each in inner if any(_names(one, name) for one in each)]
    if not isinstance(at, Function | ast.ClassDef) and len(using) == 1:
        outside = [child for child in ast.iter_child_nodes(at) if child not in using[0]]
        alone = not any(_names(child, name) for child in outside)
        if alone and (found := _place(using[0], name, lines)):
            return found
    line = min([at.lineno, *(one.lineno for one in getattr(at, "decorator_list", []))]) - 1
    alone = not lines[line][: at.col_offset].strip() and not lines[line].lstrip().startswith("elif")
    return (line, at.col_offset) if alone else None


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))


def _lazy_annotations(tree: ast.Module) -> bool:
    future = [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
    return any(one.name == "annotations" for node in future for one in node.names)


def _uses(
    node: ast.AST, names: set[str], function: Function | None, *, lazy: bool
) -> Iterator[tuple[str, Function | None]]:
    """Each use of the names, with the function that it is in."""
    if isinstance(node, ast.Name) and node.id in names:
        if not isinstance(node.ctx, ast.Load):
            raise MisfitError(f"it sets {node.id}, too")
        yield node.id, function
    if isinstance(node, ast.arg) and node.arg in names:
        raise MisfitError(f"it sets {node.arg}, too")
    for field, value in ast.iter_fields(node):
        if lazy and field in ("annotation", "returns"):
            continue
        inner = node if isinstance(node, Function) and field == "body" else function
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _uses(child, names, inner, lazy=lazy)


def _given(imports: dict[str, Statement]) -> str:
    """What gives the names to whoever asks the module for them."""
    text = "\n\ndef __getattr__(name):\n"
    for name in sorted(imports):
        text += f"    if name == {name!r}:\n        {_statement(name, imports[name])}\n"
        text += f"        return {name}\n"
    return text + "    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')\n"
