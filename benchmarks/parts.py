"""Where instructions go, by part: of a cold start, and of a warm GET.

    .venv/bin/python benchmarks/parts.py             of this project as it is
    .venv/bin/python benchmarks/parts.py b72abd4~1   and as it was at a commit, in the first column

`--write` writes both tables into docs/benchmarks.md. The payload is that of make deploy. What
a module's import takes belongs to its package, without what it imports of others; models, which
pydantic builds, to the module that they stand in. A warm request's calls are watched, and what that
takes is taken off again, evenly: a part of it is good to a few hundredths of the whole.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "vendor")]

from benchmarks import counting  # noqa: E402 - the path above makes it importable
from tests.engines import dynoxide  # noqa: E402 - see above

MARKS = ROOT / "benchmarks/runtime/marks.py"
DOCUMENT = ROOT / "docs/benchmarks.md"
MARKED = re.compile(r"(?s)(<!-- parts -->\n).*(<!-- end of parts -->)")
REQUESTS = 10  # as it says there
# In another version's folder, with what this one has installed.
PACK = """
import sys
from dataclasses import replace
from pathlib import Path
from tools import ROOT, stages
from tools.deploy import payload
stage = replace(stages.read("dev"), python="{}.{}".format(*sys.version_info))
payload.build(stage, ROOT, Path(sys.argv[1]) / "built", show=lambda _: None)
"""


class Mark(NamedTuple):
    """What a part did between two places of the program; runtime/marks.py says more."""

    doing: str
    part: str
    instructions: int
    calls: int


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("commits", nargs="*")
    arguments.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    given = arguments.parse_args()
    cold: dict[str, Mapping[str, float]] = {}
    warm: dict[str, Mapping[str, float]] = {}
    for commit in [*given.commits, ""]:
        with tempfile.TemporaryDirectory() as folder:
            marks = _marks(_payload(commit, Path(folder)), Path(folder))
        cold[commit or "now"], warm[commit or "now"] = of_cold(marks), of_warm(marks)
    both = f"{table('a cold start', cold, 0)}\n\n{table('a warm GET', warm, 2)}\n"
    print(both, end="")
    if given.write:
        DOCUMENT.write_text(MARKED.sub(lambda m: m[1] + both + m[2], DOCUMENT.read_text()))


def table(what: str, columns: Mapping[str, Mapping[str, float]], digits: int) -> str:
    """In Markdown, in millions; the last column decides the order."""
    last = [*columns.values()][-1]
    parts = sorted(
        {part for column in columns.values() for part in column},
        key=lambda part: -last.get(part, 0),
    )

    def line(name: str, numbers: Iterable[float]) -> list[str]:
        return [name, *(f"{number / 1e6:,.{digits}f}" for number in numbers)]

    lines = [
        [f"{what}, M instructions", *columns],
        ["-", *["-:"] * len(columns)],
        *(line(part, (column.get(part, 0) for column in columns.values())) for part in parts),
        line("**all**", (sum(column.values()) for column in columns.values())),
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _payload(commit: str, folder: Path) -> tuple[Path, Path]:
    """That of a commit, or of what is here."""
    if not commit:
        counting.built(folder)
        return counting.unpacked(folder)
    source = folder / "source"
    source.mkdir()
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True)
    subprocess.run(["tar", "-x"], cwd=source, check=True, input=packed.stdout)
    (source / "node_modules").symlink_to(ROOT / "node_modules")
    subprocess.run([sys.executable, "-c", PACK, str(folder)], cwd=source, check=True)
    return counting.unpacked(folder)


def _marks(path: tuple[Path, Path], folder: Path) -> list[Mark]:
    with dynoxide(folder, **counting.TABLES) as engine:
        user = counting.USER | {"id": counting.EVENT["pathParameters"]["id"]}
        item = {name: {"S": value} for name, value in user.items()}
        engine.client().put_item(TableName="users-api-bench-users", Item=item)
        into = f"--cachegrind-out-file={folder}/%p"
        program = [counting.PYTHON, "-S", str(MARKS), json.dumps(counting.EVENT)]
        place = {"AUTH": "none", "PYTHONPATH": ":".join(map(str, path))}
        done = subprocess.run(
            [*counting.COUNTING, into, "--log-file=/dev/null", *program],
            env=counting.environment(engine.url) | place,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    before, marks = 0, []
    for line in done.stdout.splitlines():
        if line.startswith("["):  # or else the app's log
            doing, part, child, calls = json.loads(line)
            counted = counting.total(folder / str(child))
            marks.append(Mark(doing, part, counted - before, calls))
            before = counted
    return marks


def of_cold(marks: list[Mark]) -> Counter[str]:
    """Without what the marks themselves take."""
    one = min(mark.instructions for mark in marks if mark.part == "a mark")
    found: Counter[str] = Counter()
    for mark in marks:
        if mark.doing == "cold" and mark.part != "a mark":
            found[mark.part] += mark.instructions - one
    return found


def of_warm(marks: list[Mark]) -> Counter[str]:
    """Without what the marks take, and what watching each call takes."""
    one = min(mark.instructions for mark in marks if mark.part == "a mark")
    plain, *rest = (mark for mark in marks if mark.doing in ("plain", "warm"))
    whole = (plain.instructions - one) / REQUESTS
    watched = sum(mark.instructions - one for mark in rest)
    a_call = (watched - whole) / sum(mark.calls for mark in rest)
    found: Counter[str] = Counter()
    for mark in rest:
        found[mark.part] += round(mark.instructions - one - a_call * mark.calls)
    return found


if __name__ == "__main__":
    main()
