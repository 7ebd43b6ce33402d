"""What belongs to a module of chalicelib: files named for it, and what cannot work without it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tools.renaming import names_in, snake

COPIED = ("chalicelib/{s}.py", "tests/resources/{s}.py")  # what a second resource gets too
# {s} is the module's snake_case name, {k} the kebab-case one.
NAMED = (
    "chalicelib/{s}",
    "chalicelib/web/{s}",
    "chalicelib/web/{s}.*",
    "tests/**/test_{s}.py",
    "tests/{s}",
    "docs/{k}.md",
)
WHOLE = ("conftest.py", "__main__.py")  # what is beside them goes with them
IMPORTING = ("tests", "tools", "benchmarks")
NAMING = ("Makefile", "README.md", "CONTRIBUTING.md", ".ci/run")  # for readers, and for make
READ = (".py", ".md", ".html", ".js", ".css", ".json")  # what can tell what it is about


def owned(root: Path, name: str) -> list[Path]:
    """The files and folders of a module, with the tests and tools that import one of them.

    Empty where chalicelib has no such module. A resource may be called as what is there already:
    tests/clients is not of a resource named clients, unless it speaks of that.
    """
    found = [*_at(root, COPIED, name), *_at(root, NAMED, name)]
    if not any(path.parent == root / "chalicelib" for path in found):
        return []
    if is_resource(root, name):
        found = [path for path in found if _about(path, root, name)]
    files = sorted(path for folder in IMPORTING for path in (root / folder).rglob("*.py"))
    read = {path: path.read_text() for path in files if path != root / "tests/conftest.py"}
    imports = {path: _imports(text) for path, text in read.items()}
    while more := [path for path in imports if imports[path] & _modules(root, found)]:
        # Tests cannot do without the conftest.py beside them, nor a command without __main__.py.
        found += [path.parent if path.name in WHOLE else path for path in more]
        imports = {p: names for p, names in imports.items() if not {p, *p.parents} & set(found)}
    return [path for path in dict.fromkeys(found) if not set(path.parents) & set(found)]


def is_resource(root: Path, name: str) -> bool:
    """Whether the module keeps something: what `make resource` makes, and can copy."""
    module = root / COPIED[0].format(s=snake(name))
    return module.exists() and names_in(module.read_text(), name) is not None


def speaks(text: str, name: str) -> bool:
    """Whether a text names a resource's module, its description for the tests, or its path."""
    module = rf"(?:chalicelib|tests[/.]resources)[/.]{snake(name)}\b"
    # As it is requested: `/users`, "/users/7", {base_url}/users, 127.0.0.1:8000/users.
    path = rf"""(?:["'`(\s]|:\d+|base_url\}})/{name}(?![\w.-])"""
    return bool(re.search(f"{module}|{path}", text))


def mentions(root: Path, paths: Iterable[str]) -> Iterator[str]:
    """A line for each of these files that a file for readers or for make names still."""
    for name in NAMING:
        text = (root / name).read_text() if (root / name).exists() else ""
        for path in paths:
            module = path.removesuffix(".py").replace("/", ".")
            if re.search(rf"{re.escape(path)}\b|{re.escape(module)}\b", text):
                named = _targets(text, module) if name == "Makefile" else []
                what = f": delete its target {', '.join(named)}" if named else ""
                yield f"{name} still names {path}{what}."


def _at(root: Path, patterns: Iterable[str], name: str) -> list[Path]:
    return [path for each in patterns for path in root.glob(each.format(s=snake(name), k=name))]


def _about(path: Path, root: Path, name: str) -> bool:
    """Whether what is named like a resource is its own."""
    copied = _at(root, COPIED, name)
    if path in copied or any(path in one.parents for one in copied):
        return path in copied  # tests/resources is everybody's
    files = [path, *path.rglob("*")]
    return any(speaks(file.read_text(), name) for file in files if file.suffix in READ)


def _targets(makefile: str, text: str) -> list[str]:
    """The targets whose recipe holds this text."""
    rules = re.findall(r"(?m)^([\w-]+):.*\n((?:\t.*\n?)+)", makefile)
    return [name for name, recipe in rules if text in recipe]


def _modules(root: Path, paths: Iterable[Path]) -> set[str]:
    """What the paths are called in an import, the modules of a folder included."""
    files = [file for path in paths for file in (path, *path.rglob("*.py"))]
    return {".".join(file.relative_to(root).with_suffix("").parts) for file in files}


@cache  # to parse the project takes seconds, and most of it is the same for the next module
def _imports(source: str) -> frozenset[str]:
    names = set()
    # Walked by hand: ast.walk goes into expressions, too, and takes five times as long.
    left: list[ast.AST] = [ast.parse(source)]
    while left:
        node = left.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        else:
            for part in ("body", "orelse", "finalbody", "handlers", "cases"):
                inner = getattr(node, part, ())
                left += inner if isinstance(inner, list) else ()
    return frozenset(names)
