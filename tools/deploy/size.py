"""`make size STAGE=`: what each part costs of what Lambda takes."""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile

from packaging.utils import canonicalize_name

from tools import ROOT, stages
from tools.deploy import bytecode, checks, contents, dependencies, extras, payload
from tools.refusals import ended
from tools.stages import Stage

MB = 2**20
LIMITS = (
    "Lambda's limits: 250 MB unzipped for all; 50 MB for each zip that is uploaded directly. "
    "What each adds to a cold start: docs/benchmarks.md."
)


@dataclass
class Costs:
    """Bytes by part: `botocore`, `the kit`, or a module of chalicelib."""

    unzipped: Counter[str] = field(default_factory=Counter)
    compiled: Counter[str] = field(default_factory=Counter)  # the .pyc of it
    zipped: Counter[str] = field(default_factory=Counter)

    def add(self, part: str, name: str, unzipped: int, zipped: int) -> None:
        self.unzipped[part] += unzipped
        self.compiled[part] += unzipped if name.endswith(".pyc") else 0
        self.zipped[part] += zipped


@dataclass(frozen=True)
class Sizes:
    """What two zips hold, and what each feature with a budget of its own adds to them."""

    costs: Costs
    added: dict[extras.Extra, list[str]]  # its parts

    @property
    def parts(self) -> list[str]:
        """All, the largest first."""
        return sorted(self.costs.zipped, key=lambda part: -self.costs.zipped[part])

    @property
    def rest(self) -> list[str]:
        """The parts that belong to none of these features."""
        theirs = {part for parts in self.added.values() for part in parts}
        return [part for part in self.parts if part not in theirs]

    def zipped(self, parts: list[str]) -> int:
        return sum(self.costs.zipped[part] for part in parts)


def counted(layer: Path, function: Path, stage: Stage) -> Sizes:
    """The sizes of what was built."""
    costs, packages = Costs(), contents.read(layer)
    owners = _owners(packages, f"{dependencies.site_packages(stage)}/")
    modules = {path.stem for path in (ROOT / "chalicelib").glob("[!_]*")} - {"web"}
    for file, others in ((layer, "the kit"), (function, "the function")):
        with ZipFile(file) as packed:
            entries = packed.infolist()
        for entry in entries:
            part = owners.get(entry.filename) or _own(entry.filename, modules) or others
            costs.add(part, entry.filename, entry.file_size, entry.compress_size)
        held = sum(entry.compress_size for entry in entries)
        costs.zipped["(names in the zips)"] += file.stat().st_size - held
    metadata = [data for name, data in packages.items() if name.endswith(".dist-info/METADATA")]
    added = {}
    for each in extras.extras():
        names = each.packages(metadata, stage) | {canonicalize_name(each.module)}
        added[each] = [part for part in costs.zipped if canonicalize_name(part) in names]
    return Sizes(costs, added)


def table(built: payload.Payload, stage: Stage) -> str:
    """A line for each part, the largest first, and the sums."""
    sizes = counted(built.layer, built.function, stage)
    lines = [f"{'MB':24}{'unzipped':>10}{'of it .pyc':>12}{'zipped':>10}"]
    lines += [_line(part, sizes.costs, [part]) for part in sizes.parts]
    lines += [_line("together", sizes.costs, sizes.parts)]
    lines += [_line(f"of it {each.title}", sizes.costs, of) for each, of in sizes.added.items()]
    lines += [_line("without these", sizes.costs, sizes.rest), LIMITS]
    return "\n".join(lines)


def _line(title: str, costs: Costs, parts: list[str]) -> str:
    sums = (
        sum(counted[part] for part in parts) / MB
        for counted in (costs.unzipped, costs.compiled, costs.zipped)
    )
    return "{:24}{:10.2f}{:12.2f}{:10.2f}".format(title, *sums)


def _own(name: str, modules: set[str]) -> str:
    """Which part a file of the function is, by its path; "" where it is of none alone."""
    if name.startswith("chalice/"):
        return "Chalice"
    module = re.match(r"chalicelib/(?:web/|__pycache__/)?(\w+)[./]", name)
    return module[1] if module and module[1] in modules else ""


def _owners(layer: contents.Files, below: str) -> dict[str, str]:
    """Which dependency each file in the layer belongs to, as the RECORDs say."""
    found = {}
    for name in layer:
        if name.endswith(".dist-info/RECORD"):
            project = name.removeprefix(below).split("-")[0]
            for path, _digest, _size in contents.rows(layer[name]):
                found[below + path] = found[below + bytecode.cached(path)] = project
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="make size", description=__doc__)
    parser.add_argument("--stage", default="dev")
    stage = stages.read(parser.parse_args().stage)
    checks.python(stage)
    checks.policy(stage)
    (ROOT / ".local").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / ".local") as folder:
        print(table(payload.build(stage, ROOT, Path(folder, "size")), stage))


if __name__ == "__main__":
    ended(main)
