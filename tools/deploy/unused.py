"""What packages bring and nothing here asks for, which is left out of what goes to Lambda.

unused.toml lists it, and what brings it back: who writes that, in the API or in another package,
has it on Lambda as on a laptop. It is written for the standard library alone, since it also runs
inside of an image's build.
"""

from __future__ import annotations

import ast
import shutil
import tomllib
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tools.deploy import bytecode

TABLE = Path(__file__).with_name("unused.toml")

Parts = dict[str, dict[str, Any]]  # as unused.toml describes each, by what it is called


def parts() -> Parts:
    """What may be left out."""
    return tomllib.loads(TABLE.read_text())


def leave_out(site: Path, own: Iterable[Path]) -> list[str]:
    """Take out of `site` what neither the API's `own` files nor packages there ask for.

    Gives what went, by what it is called.
    """
    there = {title for title, part in parts().items() if any(_paths(site, part))}
    left = {title: part for title, part in unasked(_modules(site, own)).items() if title in there}
    for part in left.values():
        for path in [*_paths(site, part)]:
            _remove(path, site)
    return [*left]


def told(left: Iterable[str]) -> str:
    """The line about what was left out."""
    return f"Left out, since nothing asks for it: {', '.join(left)}."


def unasked(modules: Iterable[tuple[str, bytes]]) -> Parts:
    """What none of these modules asks for, each given by its package and its source."""
    left = parts()
    for package, source in modules:
        for title in [title for title, part in left.items() if asks(source, part, package)]:
            del left[title]
    return left


def asks(source: bytes, part: dict[str, Any], package: str = "") -> bool:
    """Whether a module with this source asks for it; `package` is whose it is, "" for the API's."""
    if package in part["within"]:
        return False
    if any(word.encode() in source for word in part.get("words", [])):
        return True
    modules, calls = part["modules"], part.get("calls", {})
    if not any(_may_name(source, dotted) for dotted in [*modules, *calls]):
        return False  # most modules, and parsing all of them would take seconds
    tree = _parsed(source)
    return any(
        f"{name}.".startswith(f"{module}.") for name in _names(tree) for module in modules
    ) or any(_is_used_otherwise(tree, name, *keyword) for name, keyword in calls.items())


def package(path: str) -> str:
    """The package of a module, by its path in site-packages."""
    return path.partition("/")[0].removesuffix(".py")


def _may_name(source: bytes, dotted: str) -> bool:
    return all(part.encode() in source for part in dotted.split("."))


def _parsed(source: bytes) -> ast.Module:
    """Its tree; an empty one of what this Python cannot import either."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of other people's code
            return ast.parse(source)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _names(tree: ast.Module) -> Iterator[str]:
    """The dotted names that a module imports, has as a string, or reads of what it imports."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                bound[alias.asname or top] = alias.name if alias.asname else top
                yield alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                bound[alias.asname or alias.name] = name
                yield name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            top, _, read = ast.unparse(node).partition(".")
            if top in bound:
                yield f"{bound[top]}.{read}"


def _is_used_otherwise(tree: ast.Module, name: str, keyword: str, value: object) -> bool:
    """Whether a function is used, beyond its import, but in calls with this literal keyword."""
    agreed = {
        node.func
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for given in node.keywords
        if given.arg == keyword
        and isinstance(given.value, ast.Constant)
        and given.value.value is value
    }
    return any(_uses(node, name) for node in ast.walk(tree) if node not in agreed)


def _uses(node: ast.AST, name: str) -> bool:
    """Whether it reads something of this name, calls it otherwise, or has the name as a string."""
    match node:
        case ast.Name(id=used) | ast.Attribute(attr=used):
            return used == name
        case ast.alias(name=used, asname=str(other)):
            return used.split(".")[-1] == name != other
        case ast.Constant(value=str(used)):
            return used.split(".")[-1] == name
    return False


def _paths(site: Path, part: dict[str, Any]) -> Iterator[Path]:
    for pattern in part["paths"]:
        yield from site.glob(pattern)


def _modules(site: Path, own: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """The package and the source of each module."""
    for path in own:
        if path.suffix == ".py":
            yield "", path.read_bytes()
    for path in site.rglob("*.py"):
        yield package(path.relative_to(site).as_posix()), path.read_bytes()


def _remove(path: Path, site: Path) -> None:
    """Delete a folder, or a file and the .pyc of it."""
    if path.is_dir():
        shutil.rmtree(path)
        return
    path.unlink()
    if path.suffix == ".py":
        compiled = site / bytecode.cached(path.relative_to(site).as_posix())
        compiled.unlink(missing_ok=True)
