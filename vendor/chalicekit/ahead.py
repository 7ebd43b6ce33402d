"""What modules compile while they are imported, compiled ahead of them.

A .pyc spares compiling a module's own source. But regular expressions, the methods of dataclasses
and named tuples, and annotations that are texts are compiled as a module runs: a fifth of a cold
start. Packaging notes what came of each, by its exact text, in a file beside this one; here it is
looked up, and what is not in it is compiled as ever. So it cannot be out of date: in one Python,
the same text compiles to the same.
"""

from __future__ import annotations

import builtins
import gc
import marshal
import re  # noqa: F401 - so that it has a compiler
from collections.abc import Callable
from importlib import import_module
from importlib.util import MAGIC_NUMBER
from typing import Any

FILE = f"{__file__.rpartition('/')[0]}/ahead.bin"
PATTERNS: Any = import_module("re._compiler")  # private: types know nothing of it
# What compiled it: what another Python compiled is of no use.
PYTHON = [MAGIC_NUMBER, PATTERNS.MAGIC]
# The modules that compile texts, and what with: each finds ours in its own globals before Python's.
COMPILING = {"collections": "eval", "typing": "compile", "dataclasses": "exec"}


def begin() -> None:
    """Look up what is compiled from now on, where the package that runs has it."""
    try:
        with open(FILE, "rb") as file:  # noqa: PTH123 - no pathlib yet: a cold start has no other
            python, patterns, texts = marshal.loads(file.read())  # noqa: S302 - packed with us
    except OSError:
        return  # a clone: nothing was packed
    if python != PYTHON:
        return
    gc.disable()  # until all is imported: little of what an import makes is garbage
    PATTERNS.compile = _patterns(patterns, PATTERNS.compile)
    for module, name in COMPILING.items():
        ours = _texts(texts.get(module, {}), getattr(builtins, name))
        setattr(import_module(module), name, ours)


def end() -> None:
    """All is imported: none of it will ever be garbage, so it is not looked at again."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _patterns(known: dict[Any, Any], ordinary: Callable[..., Any]) -> Callable[..., Any]:
    """The compiler of regular expressions, which looks them up first."""
    make = PATTERNS._sre.compile  # noqa: SLF001 - what that compiler itself ends with

    def compile_pattern(pattern: Any, flags: int = 0) -> Any:
        found = known.get((pattern, int(flags))) if isinstance(pattern, str | bytes) else None
        if found is None:
            return ordinary(pattern, flags)
        whole_flags, code, *groups = found
        words = [*memoryview(code).cast("I")]
        return make(pattern, whole_flags, words, *groups)

    return compile_pattern


def _texts(known: dict[str, Any], ordinary: Callable[..., Any]) -> Callable[..., Any]:
    """`exec`, `eval` or `compile`, given code in the place of a text."""
    if ordinary is compile:
        return lambda text, *more: known.get(text) or compile(text, *more)
    return lambda text, *more: ordinary(known.get(text, text), *more)
