"""Changes to app.py, to JSON and to requirements as text, so that a diff shows nothing else."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tools import ROOT

WIDTH = 100


class CannotEdit(Exception):
    """The text is not in the form that is understood here; the message says where."""


def mounted(app: str, module: str) -> str:
    """app.py with a module imported, and its routes registered in order, before home's."""
    lines = app.splitlines(keepends=True)
    for node in ast.parse(app).body:
        other = re.fullmatch(r"app\.register_blueprint\((\w+)\.routes\)", ast.unparse(node))
        if other and (other[1] == "home" or other[1] > module):
            lines.insert(node.lineno - 1, f"app.register_blueprint({module}.routes)\n")
            return _importing("".join(lines), {*_modules(app), module})
    raise CannotEdit("app.py does not register home.routes")


def unmounted(app: str, module: str) -> str:
    """app.py without a module's import, and without the lines that mount it."""
    lines = app.splitlines(keepends=True)
    for node in reversed(ast.parse(app).body):
        if module not in {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}:
            continue
        if not isinstance(node, ast.Expr):
            raise CannotEdit(f"line {node.lineno} of app.py does more with {module} than mount it")
        del lines[node.lineno - 1 : node.end_lineno]
    return _importing("".join(lines), {*_modules(app)} - {module})


def names(source: str) -> set[str]:
    """Every name that Python source uses or imports."""
    nodes = list(ast.walk(ast.parse(source)))
    imported = {n.asname or n.name for n in nodes if isinstance(n, ast.alias)}
    return imported | {n.id for n in nodes if isinstance(n, ast.Name)}


def member(text: str, name: str) -> str:
    """The lines of a JSON member whose value is an object."""
    if found := re.search(_lines(re.escape(name)), text):
        return found[0]
    raise CannotEdit(f"{name} is not there, or not indented as usual")


def with_member(text: str, lines: str, behind: str) -> str:
    """JSON with a member's lines, made from those of the member that they are put behind."""
    first = behind.rstrip(",\n") + ",\n"
    return _checked(text.replace(behind, first + lines, 1))


def without(text: str, names: str) -> str:
    """JSON without the members whose name matches, at any depth."""
    rest = re.sub(_lines(names), "", text)
    rest = _checked(re.sub(r",(\n *[}\]])", r"\1", rest))  # no JSON string holds a line break
    if json.loads(rest) != _pruned(json.loads(text), re.compile(names)):
        raise CannotEdit(f"what matches {names} is not indented as usual")
    return rest


def section(text: str, name: str) -> str:
    """Of requirements, a comment that begins with this name and the lines below it; "" if none."""
    found = re.search(rf"(?mi)^# {re.escape(name)}(?!\w).*\n(?:[^#\s].*\n)*", text)
    return found[0] if found else ""


def without_section(text: str, name: str) -> str:
    """Requirements without what belongs to this name."""
    return text.replace(section(text, name), "")


def unlocked(text: str, pins: str) -> str:
    """Locked requirements without what these requirements pin."""
    names = re.findall(r"(?m)^([\w.-]+)==", pins)
    written = "|".join(re.sub(r"[-_.]+", "[-_.]", name) for name in names)
    return re.sub(rf"(?mi)^(?:{written})==.*\n(?: +--hash.*\n)*", "", text) if names else text


def without_statements(text: str, sid: str) -> str:
    """A template without the statements of policies whose Sid matches."""
    lines = rf'(?m)^( *){{\n +"Sid": "(?:{sid})",\n(?:\1 .*\n)*\1}},?\n'
    return _checked(re.sub(r",(\n *[}\]])", r"\1", re.sub(lines, "", text)))


def without_rows(text: str, names: str, files: Iterable[str]) -> str:
    """Markdown without the rows of tables that tell of a name that matches, or link to a file."""
    links = "|".join(rf"(?:{re.escape(file)}|{re.escape(Path(file).name)})" for file in files)
    told = [rf"\| *`(?:{names})` *\|.*"]
    if links:
        told.append(rf"\|.*\]\((?:\.\./)?(?:{links})(?:#[\w-]*)?\).*")
    return re.sub(rf"(?m)^(?:{'|'.join(told)})\n", "", text)


def formatted(source: str) -> str:
    """Formatted where a longer name made a line too long, and the formatter is installed."""
    if max(map(len, source.splitlines())) <= WIDTH:
        return source
    source = re.sub(r'(?m)^( +)"""(?=.{90})(.+?\.) (.+)"""$', r'\1"""\2\n\n\1\3\n\1"""', source)
    if find_spec("ruff") is None:
        return source
    command = [sys.executable, "-m", "ruff", "format", "-"]
    return subprocess.run(
        command, cwd=ROOT, input=source, capture_output=True, text=True, check=True
    ).stdout


def write(texts: Mapping[Path, str], moves: Mapping[Path, Path] | None = None) -> None:
    """Write the texts and move the files: all of it, or where that fails nothing."""
    before = {path: path.read_text() if path.exists() else None for path in texts}
    moved: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            path.write_text(text)
        for old, new in (moves or {}).items():
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(old, new)
            moved[old] = new
    except BaseException:  # Ctrl-C, too: nothing is left half done
        for old, new in moved.items():
            shutil.move(new, old)
        for path, was in before.items():
            if was is None:
                path.unlink(missing_ok=True)
            else:
                path.write_text(was)
        raise


def _modules(app: str) -> list[str]:
    return [alias.name for alias in _import(app).names]


def _import(app: str) -> ast.ImportFrom:
    for node in ast.parse(app).body:
        if isinstance(node, ast.ImportFrom) and node.module == "chalicelib":
            return node
    raise CannotEdit("app.py has no line `from chalicelib import ...`")


def _importing(app: str, modules: Iterable[str]) -> str:
    """app.py with exactly these modules imported, in the form that the formatter gives."""
    node, lines = _import(app), app.splitlines(keepends=True)
    text = f"from chalicelib import {', '.join(sorted(modules))}\n"
    if len(text) > WIDTH + 1:
        inner = "".join(f"    {module},\n" for module in sorted(modules))
        text = f"from chalicelib import (\n{inner})\n"
    lines[node.lineno - 1 : node.end_lineno] = [text]
    return _parsed("".join(lines))


def _parsed(source: str) -> str:
    ast.parse(source)
    return source


def _checked(text: str) -> str:
    try:
        json.loads(text)
    except ValueError as error:
        raise CannotEdit(f"what comes out is no JSON: {error}") from None
    return text


def _lines(names: str) -> str:
    """Matches a member on a line, or to the bracket that closes it at its own indent."""
    return rf'(?m)^( *)"(?:{names})": (?:[{{\[]\n(?:.*\n)*?\1[}}\]]|.*?),?\n'


def _pruned(value: Any, names: re.Pattern[str]) -> Any:
    if isinstance(value, list):
        return [_pruned(item, names) for item in value]
    if isinstance(value, dict):
        return {k: _pruned(v, names) for k, v in value.items() if not names.fullmatch(k)}
    return value
