"""A plot of curves, in SVG: what is measured, by how much is in the table. Both go by tens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, floor, log10
from typing import NamedTuple
from xml.sax.saxutils import escape

from benchmarks.svg import framed

WIDTH, LEFT, RIGHT = 780, 76, 150
TOP, TEN, BOTTOM = 46, 34, 62  # above a panel, of each power of ten, and below


class Curve(NamedTuple):
    """A value at each number of users."""

    text: str
    kind: str  # of the style: `own` where it was measured, `plain` where it was worked out
    points: Sequence[tuple[float, float]]


class Panel(NamedTuple):
    """Curves of one unit."""

    title: str
    curves: Sequence[Curve]


class Scale:
    """Powers of ten between two places of the plot, as far as the values need."""

    def __init__(self, values: Iterable[float]) -> None:
        logs = [log10(value) for value in values]
        self._first = floor(min(logs))
        self.count = max(1, ceil(max(logs)) - self._first)
        self.tens = [10.0 ** (self._first + n) for n in range(self.count + 1)]
        self.begin = self.end = 0.0

    def __call__(self, value: float) -> float:
        share = (log10(value) - self._first) / self.count
        return self.begin + share * (self.end - self.begin)


def draw(panels: Sequence[Panel]) -> str:
    """The whole SVG, one panel below the other."""
    top, parts = 0, []
    for panel in panels:
        lines, top = _panel(panel, top)
        parts += lines
    told = ". ".join(f"{panel.title}: {'; '.join(map(_told, panel.curves))}" for panel in panels)
    return framed(told, WIDTH, top, parts)


def _panel(panel: Panel, top: int) -> tuple[list[str], int]:
    """Its elements, and where it ends."""
    points = [point for curve in panel.curves for point in curve.points]
    across, up = Scale(users for users, _ in points), Scale(value for _, value in points)
    across.begin, across.end = LEFT, WIDTH - RIGHT
    up.begin, up.end = top + TOP + TEN * up.count, top + TOP
    floor_ = up.begin
    parts = [_text(LEFT, top + 24, panel.title, "start", "title")]
    for ten in up.tens:
        y = f'y1="{up(ten):.1f}" y2="{up(ten):.1f}"'
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" {y}/>')
        parts.append(_text(LEFT - 10, up(ten) + 4, f"{ten:,g}", "end"))
    parts += [_text(across(ten), floor_ + 20, f"{ten:,.0f}", "middle") for ten in across.tens]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, floor_ + 40, "users in the table", "middle"))
    parts += [line for curve in panel.curves for line in _line(curve, across, up)]
    return parts, int(floor_) + BOTTOM


def _line(curve: Curve, across: Scale, up: Scale) -> Iterator[str]:
    places = [(across(users), up(value)) for users, value in curve.points]
    way = " L ".join(f"{x:.1f} {y:.1f}" for x, y in places)
    yield f'<path class="{curve.kind}" d="M {way}"/>'
    if curve.kind == "own":
        yield from (f'<circle class="own" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places)
    x, y = places[-1]
    yield _text(x + 10, y + 4, curve.text, "start")


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _told(curve: Curve) -> str:
    first, *_, last = (f"{_short(value)} at {users:,.0f} users" for users, value in curve.points)
    return f"{curve.text}, {first}, {last}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
