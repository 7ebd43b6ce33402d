"""What ESLint says, which npm brings, by the rules of eslint.mjs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools import ROOT, node
from tools.javascript.sources import Source
from tools.refusals import Refusal

SCRIPT = Path(__file__).with_name("eslint.mjs")
UNUSED = "no-unused-vars"

Place = tuple[Path, int, int]  # a file, a line, a column


def complaints(sources: Sequence[Source]) -> list[str]:
    """A line for each, in the order of files. Raises Refusal.

    What a file of several pages has, and one of them does not use, is unused where none does.
    """
    told: dict[tuple[Place, str], set[Source]] = {}
    for source, found in zip(sources, _asked(sources), strict=True):
        for one in found:
            place = (*source.place(one["line"]), one["column"])
            said = f"{one['message']} ({one['ruleId']})"
            told.setdefault((place, said), set()).add(source)
    return [
        f"{_short(file)}:{line}:{column}: {said}"
        for ((file, line, column), said), by in sorted(told.items(), key=lambda one: one[0])
        if UNUSED not in said or by == {source for source in sources if file in source.files}
    ]


def _short(file: Path) -> str:
    return str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)


def _asked(sources: Sequence[Source]) -> list[list[dict[str, Any]]]:
    if not (ROOT / "node_modules/eslint").is_dir():
        raise Refusal("node_modules/eslint is missing: make install.")
    given = json.dumps([{"text": one.text, "module": one.module} for one in sources])
    done = subprocess.run(
        [node.found(), str(SCRIPT)],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise Refusal(f"ESLint ended: {done.stderr.strip()[-500:]}")
    answer: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return answer
