"""Notes for chalicekit/ahead.py: what importing the app compiles, and what came of it.

Like a .pyc, the file depends on what else the process has loaded: so one of its own makes it. It
is written for the standard library alone, since it also runs inside of an image's build.
"""

from __future__ import annotations

import array
import builtins
import marshal
import os
import subprocess
import sys
from importlib import import_module
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Any

FILE = "chalicekit/ahead.bin"
# As chalicekit/ahead.py has it, which is not imported here: what it imports is to be noted.
COMPILING = {"collections": "eval", "typing": "compile", "dataclasses": "exec"}
# What the app itself imports, and what a client and the first e-mail address do.
TRIED = ("import app", "from chalicekit import warm", "warm.up()")


class UnimportableError(Exception):
    """The app cannot be imported; the message is the last line of what Python says."""


def write(file: Path, paths: list[Path], environment: dict[str, str]) -> None:
    """Note what importing the app from these paths compiles. Raises UnimportableError."""
    file.unlink(missing_ok=True)  # else it would be looked up, and nothing noted
    command = [sys.executable, "-S", "-P", "-B", __file__, str(file), *map(str, paths)]
    env = environment | {"PYTHONHASHSEED": "0", "AWS_EC2_METADATA_DISABLED": "true"}
    env |= {"AWS_DEFAULT_REGION": "us-east-1"}
    # Without it, the Python of AWS's image does not find its own library.
    env |= {name: os.environ[name] for name in ["LD_LIBRARY_PATH"] if name in os.environ}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnimportableError((done.stderr.strip().splitlines() or ["no output"])[-1])


class _Patterns:
    """In the place of `_sre`, for the compiler of regular expressions: notes what it is given."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.last: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def compile(self, pattern: Any, flags: int, code: list[int], *groups: Any) -> Any:
        self.last = (flags, array.array("I", code).tobytes(), *groups)
        return self.real.compile(pattern, flags, code, *groups)


def _note_patterns(noted: dict[Any, Any]) -> None:
    compiler: Any = import_module("re._compiler")
    seen = _Patterns(compiler._sre)  # noqa: SLF001 - Python offers no other place
    compiler._sre = seen  # noqa: SLF001 - see above
    ordinary = compiler.compile

    def compile_pattern(pattern: Any, flags: int = 0) -> Any:
        made = ordinary(pattern, flags)
        if isinstance(pattern, str | bytes):
            noted[pattern, int(flags)] = seen.last
        return made

    compiler.compile = compile_pattern


def _note_texts(noted: dict[str, Any], module: str, name: str) -> None:
    ordinary = getattr(builtins, name)

    def run(text: Any, *more: Any) -> Any:
        if name == "compile":
            noted[text] = code = compile(text, *more)
            return code
        if isinstance(text, str):
            noted[text] = text = compile(text, "<string>", name, dont_inherit=True)
        return ordinary(text, *more)

    setattr(import_module(module), name, run)


def _main(file: Path, paths: list[str]) -> None:
    patterns: dict[Any, Any] = {}
    texts: dict[str, dict[str, Any]] = {module: {} for module in COMPILING}
    _note_patterns(patterns)
    for module, name in COMPILING.items():
        _note_texts(texts[module], module, name)
    sys.path[:0] = paths
    exec("\n".join(TRIED), {})
    python = [MAGIC_NUMBER, import_module("re._compiler").MAGIC]
    file.write_bytes(marshal.dumps([python, patterns, texts]))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2:])
