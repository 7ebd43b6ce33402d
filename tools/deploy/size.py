"""`make size STAGE=`: what each part costs of what Lambda takes."""

from __future__ import annotations

import argparse
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
LIMITS = "Lambda's limits: 250 MB unzipped for all; 50 MB for each zip that is uploaded directly."


@dataclass
class Costs:
    """Bytes by part, such as `botocore` or `the kit`."""

    unzipped: Counter[str] = field(default_factory=Counter)
    compiled: Counter[str] = field(default_factory=Counter)  # the .pyc of it
    zipped: Counter[str] = field(default_factory=Counter)

    def add(self, part: str, name: str, unzipped: int, zipped: int) -> None:
        self.unzipped[part] += unzipped
        self.compiled[part] += unzipped if name.endswith(".pyc") else 0
        self.zipped[part] += zipped


def table(built: payload.Payload, stage: Stage) -> str:
    """A line for each part, the largest first, and the sums."""
    costs = Costs()
    below = f"{dependencies.site_packages(stage)}/"
    layer = contents.read(built.layer)
    owners, features = _owners(layer, below), extras.extras()
    for file, others in ((built.layer, "the kit"), (built.function, "the function")):
        with ZipFile(file) as packed:
            for entry in packed.infolist():
                name = entry.filename
                own = (each.module for each in features if each.owns(name))
                part = owners.get(name) or next(own, others)
                part = "Chalice" if name.startswith("chalice/") else part
                costs.add(part, name, entry.file_size, entry.compress_size)
        costs.zipped["(names in the zips)"] += file.stat().st_size - sum(
            entry.compress_size for entry in packed.infolist()
        )
    lines = [f"{'MB':24}{'unzipped':>10}{'of it .pyc':>12}{'zipped':>10}"]
    parts = sorted(costs.zipped, key=lambda part: -costs.zipped[part])
    lines += [_line(part, costs, [part]) for part in parts]
    lines += [_line("together", costs, parts)]
    metadata = [data for name, data in layer.items() if name.endswith(".dist-info/METADATA")]
    for each in features:
        added = each.packages(metadata, stage) | {each.module}
        of_it = [part for part in parts if canonicalize_name(part) in added]
        lines.append(_line(f"of it {each.title}", costs, of_it))
    lines.append(LIMITS)
    return "\n".join(lines)


def _line(title: str, costs: Costs, parts: list[str]) -> str:
    sums = (
        sum(counted[part] for part in parts) / MB
        for counted in (costs.unzipped, costs.compiled, costs.zipped)
    )
    return "{:24}{:10.2f}{:12.2f}{:10.2f}".format(title, *sums)


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
