"""The table, and what is written between two marks of docs/benchmarks.md."""

from __future__ import annotations

import datetime as dt
import math
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median, quantiles

from benchmarks.bench import plot
from benchmarks.bench.features import Features
from benchmarks.bench.measure import Figures
from benchmarks.bench.peers import BASE
from tools import ROOT, install

DOCUMENT = ROOT / "docs/benchmarks.md"
PLOT = ROOT / "docs/benchmarks.svg"
MARKED = re.compile(r"(?s)(<!-- measured -->\n).*(<!-- end -->)")
MB = 2**20
M = 1e6


def table(every: Sequence[Figures]) -> str:
    """Two tables in Markdown: of cold starts, and of what is warm."""
    base = _base(every)
    return f"{_cold(every, base)}\n\n{_warm([one for one in every if one.built.compiled], base)}"


def write(every: Sequence[Figures], features: Features) -> None:
    """Write docs/benchmarks.md anew, between its marks, and the plot beside it."""
    base = _base(every)
    parts = [_where(every), table(every), _features(features, base, every)]
    text = DOCUMENT.read_text()
    DOCUMENT.write_text(MARKED.sub(lambda m: m[1] + "\n\n".join(parts) + "\n" + m[2], text))
    PLOT.write_text(plot.draw(every, base))


def _base(every: Iterable[Figures]) -> Figures:
    return next(one for one in every if one.built.peer.name == BASE and one.built.compiled)


def _cold(every: Iterable[Figures], base: Figures) -> str:
    rows = [
        (
            f"{one.built.peer.title}{'' if one.built.compiled else ', no .pyc'}",
            f"{one.cold / M:,.0f}",
            f"{one.cold / base.cold:.2f}",
            _spread(one.milliseconds),
            f"{_paired(one.milliseconds, base.milliseconds):.2f}",
            f"{median(one.peak):.0f}",
            f"{one.built.zipped / MB:.1f}",
            f"{one.built.unzipped / MB:.1f}",
        )
        for one in sorted(every, key=lambda one: one.cold)
    ]
    head = ("cold", "M instructions", "ratio", "ms", "ratio", "peak MB", "zip MB", "unzipped MB")
    return _table(head, rows)


def _warm(every: Iterable[Figures], base: Figures) -> str:
    rows = [
        (
            one.built.peer.title,
            *(_counted(one, base, name) for name in ("get", "post", "list")),
            _spread(one.warm_milliseconds, 2),
            ", ".join(dict.fromkeys(one.asked.values())),
        )
        for one in sorted(every, key=lambda one: one.warm.get("get", math.inf))
    ]
    head = ("warm, M instructions (ratio)", "GET", "POST", "list of 20", "GET, ms", "DynamoDB")
    return _table(head, rows)


def _counted(one: Figures, base: Figures, name: str) -> str:
    if name not in one.warm:
        return "not counted"
    return f"{one.warm[name] / M:.2f} ({one.warm[name] / base.warm[name]:.2f})"


def _features(features: Features, base: Figures, every: Iterable[Figures]) -> str:
    (this,) = (one for one in every if one.built.peer.made == "this")
    told = (
        f"With all features in the payload and none in use, a cold start takes "
        f"{features.cold / M:,.0f} M instructions, {(features.cold - this.cold) / base.cold:+.3f} "
        "of a bare handler's. What the first use of each adds to it:"
    )
    rows = [
        (
            one.title,
            f"{one.zipped / MB:.2f}",
            f"{one.instructions / M:,.0f}",
            f"{one.instructions / base.cold:.2f}",
            f"{one.milliseconds:.0f}",
        )
        for one in features.added
    ]
    head = ("first use of", "zip MB", "M instructions", "ratio", "ms")
    return f"{told}\n\n{_table(head, rows)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["-"] + ["-:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _spread(values: Sequence[float], digits: int = 0) -> str:
    """The median, and the quartiles."""
    low, _, high = (
        quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    )
    return f"{median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _paired(values: Iterable[float], base: Iterable[float]) -> float:
    """The median of the ratios within each round: rounds differ by what else was going on."""
    return median(mine / its for mine, its in zip(values, base, strict=True))


def _where(every: Sequence[Figures]) -> str:
    today = dt.datetime.now(dt.UTC).date()
    rounds = len(every[0].milliseconds)
    return (
        f"Measured on {today}: {_processor()}, Python {platform.python_version()}, "
        f"node {_node()}; milliseconds are medians of {rounds} rounds, with their quartiles."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.+)", info)
    cores = info.count("processor\t")
    return f"{model[1] if model else platform.machine()}, {cores} processors"


def _node() -> str:
    node = shutil.which("node", path=install.path())
    if node is None:
        return "none"
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip().removeprefix("v")
