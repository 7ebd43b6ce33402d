"""What the sources of the views say, read without importing them."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.engines import ROOT

CHALICELIB = ROOT / "chalicelib"
VERBS = ("get", "post", "put", "patch", "delete")
FIXED = {  # exceptions that have one code
    "BadBody": "invalid_body",
    "BadHeader": "invalid_header",
    "BadQuery": "invalid_query",
    "NotFound": "not_found",
    "SettingError": "not_configured",
}

Functions = dict[str, ast.FunctionDef]  # of one feature, by name


@dataclass(frozen=True)
class View:
    """A view with types: one method of one path."""

    method: str
    path: str
    name: str
    functions: Functions

    @property
    def problems(self) -> set[str]:
        """The codes of what it raises itself, or a function of its feature that it names."""
        reached, todo = set[str](), {self.name}
        while todo:
            reached.add(name := todo.pop())
            todo |= (named(self.functions[name]) & self.functions.keys()) - reached
        return {code for name in reached for code in codes(self.functions[name])}


def views() -> Iterator[View]:
    """Those of the project, and of the tests' wares."""
    for place in [*sorted(CHALICELIB.glob("[!_]*")), ROOT / "tests/wares.py"]:
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
        yield from of([path.read_text() for path in files if path.suffix == ".py"])


def of(sources: Iterable[str]) -> Iterator[View]:
    """Those of one feature."""
    trees = [ast.parse(source) for source in sources]
    defined = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    functions = {function.name: function for function in defined}
    for function in defined:
        for decorator in function.decorator_list:
            match decorator:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name("routes"), attr=verb),
                    args=[ast.Constant(str(path))],
                ) if verb in VERBS and "+}" not in path:
                    yield View(verb, path, function.name, functions)


def named(function: ast.FunctionDef) -> set[str]:
    """The names in a function: of what it calls, among others."""
    nodes = [*ast.walk(function)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def codes(function: ast.FunctionDef) -> Iterator[str]:
    """The codes of the problems that stand in a function."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Name("Problem" | "Unavailable"), args=[ast.Constant(code), *_]):
                yield str(code)
            case ast.Raise(exc=ast.Name(name) | ast.Call(func=ast.Name(name))) if name in FIXED:
                yield FIXED[name]
