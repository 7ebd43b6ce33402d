"""Python compiled ahead, so that no cold start does it: .pyc that are used without a look at .py.

A .pyc depends, bit for bit, on what else the interpreter had loaded. So a process of its own
compiles, which has loaded nothing else, and is told nothing by the environment.
"""

from __future__ import annotations

import importlib.util
import os
import py_compile
import subprocess
import sys
import warnings
from pathlib import Path

UNCHECKED = (0b01).to_bytes(4, "little")  # PEP 552: by hash, and the hash is not compared


def compile_all(folder: Path, runs_at: str) -> None:
    """Compile every .py below `folder`, which Lambda has at `runs_at`.

    What is no Python of this version is left alone.
    """
    command = [sys.executable, "-I", "-S", __file__, str(folder), runs_at]
    # Without it, the Python of AWS's image does not find its own library.
    found = {name: os.environ[name] for name in ["LD_LIBRARY_PATH"] if name in os.environ}
    subprocess.run(command, env=found, check=True)


def cached(path: str) -> str:
    """Where the .pyc of a .py stands."""
    folder, _, name = path.rpartition("/")
    at = f"__pycache__/{name.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"
    return f"{folder}/{at}" if folder else at


def fresh(source: bytes, compiled: bytes) -> bool:
    """Whether a .pyc was made from this source, by this Python, to be used without checks."""
    made_from = importlib.util.source_hash(source)
    return compiled.startswith(importlib.util.MAGIC_NUMBER + UNCHECKED + made_from)


def compiles(source: bytes) -> bool:
    """Whether it is Python of this version: packages may bring other files that end in .py."""
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(source, "", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _main(folder: Path, runs_at: str) -> None:
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        try:
            py_compile.compile(
                str(path),
                cfile=str(folder / cached(name)),
                dfile=f"{runs_at}/{name}",
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except py_compile.PyCompileError:
            continue


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2])
