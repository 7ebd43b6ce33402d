"""What stands around the marks: title, legend, axes, grid; and the room that is left for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.charts import svg
from chalicelib.charts.scales import Bands, Scale
from chalicelib.charts.text import fitted, width

EDGE = 16.0
TITLE, LABEL = 18.0, 12.0  # font sizes
LINE = 18.0  # from one line of labels to the next
SWATCH = 12.0


@dataclass(slots=True)
class Room:
    """What is still free, and what was drawn around it."""

    left: float
    top: float
    right: float
    bottom: float
    parts: list[str]

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


def room(wide: int, high: int) -> Room:
    edge = min(EDGE, wide / 16, high / 16)
    return Room(edge, edge, wide - edge, high - edge, [])


def title(free: Room, text: str) -> None:
    """The title in one line at the top, cut where it is too long."""
    if text and free.height >= 80:
        shown, middle = fitted(text, TITLE, free.width), (free.left + free.right) / 2
        free.parts.append(svg.write(shown, middle, free.top + TITLE, TITLE, text_anchor="middle"))
        free.top += TITLE + 12


def legend(free: Room, names: Sequence[tuple[str, str]]) -> None:
    """Names and their colours in rows below the title: at most a third of the height."""
    if free.height < 100:
        return
    rows, used = _rows(names, free.width), 0
    for row in rows[: max(1, int(free.height / 3 / LINE))]:
        x = free.left + (free.width - sum(_entry(name) for name, _ in row)) / 2
        for name, colour in row:
            box = {"width": SWATCH, "height": SWATCH, "rx": 2}
            free.parts.append(svg.element("rect", x=x, y=free.top, fill=colour, **box))
            free.parts.append(svg.write(name, x + SWATCH + 5, free.top + 10.5, LABEL))
            x += _entry(name)
        free.top += LINE
        used += len(row)
    if used < len(names):
        middle, more = (free.left + free.right) / 2, f"+ {len(names) - used}"
        at = free.top + 10.5
        free.parts.append(svg.write(more, middle, at, LABEL, text_anchor="middle", fill=svg.QUIET))
        free.top += LINE
    free.top += 8 if names else 0


def axis_titles(free: Room, x: str, y: str) -> None:
    """The names of the axes: below, and at the left from bottom to top."""
    if y and free.width >= 140:
        at, middle = free.left + LABEL, (free.top + free.bottom) / 2
        shown = fitted(y, LABEL, free.height)
        turned = f"rotate(-90 {svg.number(at)} {svg.number(middle)})"
        quiet = {"text_anchor": "middle", "fill": svg.QUIET, "transform": turned}
        free.parts.append(svg.write(shown, at, middle, LABEL, **quiet))
        free.left += LABEL + 8
    if x and free.height >= 90:
        shown, middle = fitted(x, LABEL, free.width), (free.left + free.right) / 2
        at = free.bottom - 3
        free.parts.append(svg.write(shown, middle, at, LABEL, text_anchor="middle", fill=svg.QUIET))
        free.bottom -= LABEL + 8


def up(free: Room, scale: Scale) -> None:
    """The values at the left of each grid line; the room begins right of the widest."""
    labels = [fitted(label, LABEL, free.width / 2) for label in scale.labels]
    free.left += max(width(label, LABEL) for label in labels) + 8
    for tick, label in zip(scale.ticks, labels, strict=True):
        y = scale.at(tick)
        colour = svg.QUIET if tick == 0 else svg.GRID
        ends = {"x1": free.left, "x2": free.right, "y1": y, "y2": y}
        free.parts.append(svg.element("line", **ends, stroke=colour, stroke_width=1))
        at = free.left - 8
        free.parts.append(svg.write(label, at, y + 4, LABEL, text_anchor="end", fill=svg.QUIET))


def across(free: Room, scale: Scale) -> None:
    """The values below each grid line of an axis from left to right."""
    labels = scale.labels
    every = _every(max(width(label, LABEL) for label in labels), free.width / (len(labels) - 1))
    for index, (tick, label) in enumerate(zip(scale.ticks, labels, strict=True)):
        x = scale.at(tick)
        ends = {"x1": x, "x2": x, "y1": free.top, "y2": free.bottom}
        free.parts.append(svg.element("line", **ends, stroke=svg.GRID, stroke_width=1))
        if index % every == 0:
            _below(free, label, x)


def categories(free: Room, bands: Bands, labels: Sequence[str]) -> None:
    """The names of the categories, as many as have room, cut where they are long."""
    widest = max((width(label, LABEL) for label in labels), default=0.0)
    every = _every(min(widest, 90.0), bands.width)
    room = bands.width * every - 8
    for index in range(0, len(labels), every):
        x = bands.middle(index)
        edges = 2 * min(x - free.left + EDGE, free.right + EDGE - x)
        _below(free, fitted(labels[index], LABEL, min(room, edges)), x)


def _below(free: Room, label: str, x: float) -> None:
    y = free.bottom + LABEL + 5
    free.parts.append(svg.write(label, x, y, LABEL, text_anchor="middle", fill=svg.QUIET))


def _every(wide: float, apart: float) -> int:
    """Which of the labels are shown, so that none touches the next: each, every second, ..."""
    return max(1, int(-(-(wide + 8) // apart)))


def _entry(name: str) -> float:
    return SWATCH + 5 + width(name, LABEL) + 16


def _rows(names: Sequence[tuple[str, str]], wide: float) -> list[list[tuple[str, str]]]:
    rows: list[list[tuple[str, str]]] = []
    left = 0.0
    for name, colour in names:
        shown = fitted(name, LABEL, wide - SWATCH - 21)
        if _entry(shown) > left:
            rows.append([])
            left = wide
        rows[-1].append((shown, colour))
        left -= _entry(shown)
    return rows
