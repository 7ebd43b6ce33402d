"""A plot of bars, in SVG: cold starts, and a warm GET, as ratios to the bare handler's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from benchmarks.bench.measure import Figures
from benchmarks.svg import framed

WIDTH, LEFT, RIGHT = 780, 232, 60
ROW, BAR, TOP = 26, 16, 44


class Bar(NamedTuple):
    """A line of the plot."""

    text: str
    ratio: float
    kind: str  # a class of the style


def draw(every: Sequence[Figures], base: Figures) -> str:
    """The whole SVG."""
    cold = [_bar(one, one.cold / base.cold) for one in every]
    warm = [_bar(one, one.warm["get"] / base.warm["get"]) for one in every if one.warm]
    first, height = _panel("Cold start, instructions to the first answer", cold, 0)
    second, height = _panel("Warm GET, instructions", warm, height + 16)
    note = "1.0: a bare handler with a boto3 client, and .pyc files"
    parts = [*first, *second, f'<text x="{LEFT}" y="{height + 16}">{note}</text>']
    return framed(_told(cold), WIDTH, height + 28, parts)


def _bar(one: Figures, ratio: float) -> Bar:
    name = one.built.peer.title.partition(",")[0]
    if one.built.peer.made == "this":
        return Bar(name, ratio, "own")
    return (
        Bar(name, ratio, "bar") if one.built.compiled else Bar(f"{name}, no .pyc", ratio, "plain")
    )


def _panel(title: str, bars: Iterable[Bar], top: int) -> tuple[list[str], int]:
    """Its elements, and where it ends."""
    ordered = sorted(bars, key=lambda bar: bar.ratio)
    scale = (WIDTH - LEFT - RIGHT) / max(bar.ratio for bar in ordered)
    end = top + TOP + ROW * len(ordered)
    line = LEFT + scale
    parts = [
        f'<text class="title" x="{LEFT}" y="{top + 24}">{escape(title)}</text>',
        f'<line class="one" x1="{line:.1f}" x2="{line:.1f}" y1="{top + TOP - 6}" y2="{end - 4}"/>',
    ]
    for n, bar in enumerate(ordered):
        y = top + TOP + ROW * n
        long = bar.ratio * scale
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 13}" text-anchor="end">{escape(bar.text)}</text>',
            f'<rect class="{bar.kind}" x="{LEFT}" y="{y}" width="{long:.1f}" height="{BAR}"/>',
            f'<text x="{LEFT + long + 8:.1f}" y="{y + 13}">{bar.ratio:.2f}</text>',
        ]
    return parts, end


def _told(bars: Iterable[Bar]) -> str:
    return "Cold starts: " + ", ".join(f"{bar.text} {bar.ratio:.2f}" for bar in bars)
