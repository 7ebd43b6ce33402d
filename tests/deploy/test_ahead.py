"""What modules compile as they are imported, compiled ahead: noted once, looked up after."""

from __future__ import annotations

import marshal
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import chalicekit
from tools.deploy import ahead

APP = """\
import re
import typing
from collections import namedtuple
from dataclasses import dataclass

import chalicekit

TEXT = re.compile(r"(?P<word>[a-zß]+)(\\d)?", re.IGNORECASE)
BYTES = re.compile(rb"\\x00+|[^a-f]")
Point = namedtuple("Point", "x y", defaults=[2])
Ref = typing.ForwardRef("dict[str, int]")


@dataclass(frozen=True, order=True)
class Pair:
    a: int
    b: str = "b"


def show():
    match = TEXT.fullmatch("GRÜSSE".replace("Ü", "U") + "7")
    again = {Pair(1): "x"}[Pair(1)]
    print(match["word"], match[2], TEXT.flags, TEXT.groupindex, BYTES.sub(b"", b"az\\0b"))
    print(Point(1), Pair(2) > Pair(1, "c"), Pair(1), again, typing.get_type_hints(held))


def held(x: Ref):
    pass
"""
SEEN = """
import sys
compiled = []
sys.path[:0] = sys.argv[1:]
import re._parser, builtins
ordinary, real = re._parser.parse, builtins.compile
re._parser.parse = lambda text, *more: compiled.append(text) or ordinary(text, *more)
import app
app.show()
print(sorted(map(str, compiled)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP)
    kit = tmp_path / "chalicekit"
    kit.mkdir()
    for name in ("__init__.py", "ahead.py"):
        shutil.copy(Path(chalicekit.__file__).with_name(name), kit)
    (kit / "warm.py").write_text("def up(): pass\n")
    return tmp_path


def run(folder: Path) -> list[str]:
    """What the app prints, and the patterns that were compiled for it."""
    command = [sys.executable, "-S", "-P", "-B", "-c", SEEN, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_nothing_is_compiled_that_was_noted_and_all_is_the_same(folder: Path) -> None:
    *before, compiled = run(folder)
    assert "[a-zß]" in compiled
    ahead.write(folder / ahead.FILE, [folder], {})
    *after, none = run(folder)
    assert after == before
    assert "[a-z" not in none
    assert "x00" not in none


def test_what_is_not_noted_is_compiled_as_ever(folder: Path) -> None:
    ahead.write(folder / ahead.FILE, [folder], {})
    (folder / "app.py").write_text(APP.replace("a-zß", "a-z").replace('b: str = "b"', "b: int = 3"))
    *shown, compiled = run(folder)
    assert "[a-z]" in compiled
    assert "Pair(a=1, b=3)" in shown[1]


def test_what_another_python_compiled_is_not_used(folder: Path) -> None:
    ahead.write(folder / ahead.FILE, [folder], {})
    _, *noted = marshal.loads((folder / ahead.FILE).read_bytes())
    (folder / ahead.FILE).write_bytes(marshal.dumps([[b"other", 0], *noted]))
    assert "[a-zß]" in run(folder)[-1]


def test_the_same_source_makes_the_same_file(folder: Path) -> None:
    made = set()
    for _ in range(2):
        ahead.write(folder / ahead.FILE, [folder], {})
        made.add((folder / ahead.FILE).read_bytes())
        (folder / ahead.FILE).unlink()
    assert len(made) == 1


def test_an_app_that_cannot_be_imported_is_told_in_its_own_words(folder: Path) -> None:
    (folder / "app.py").write_text("import chalicekit, nothing_such\n")
    with pytest.raises(ahead.UnimportableError) as raised:
        ahead.write(folder / ahead.FILE, [folder], {})
    assert str(raised.value) == "ModuleNotFoundError: No module named 'nothing_such'"
