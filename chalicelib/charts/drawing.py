"""From a description to an image: SVG, and PNG made from it.

A new type is one function here and its name in TYPES, in `Kind` beside the routes, and in rules.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, islice

from chalicelib.charts import Description, frame, marks, svg
from chalicelib.charts.frame import LABEL, Room
from chalicelib.charts.scales import Bands, Scale, linear
from chalicelib.charts.text import FOLDER

# Neighbours differ in lightness, too: for who sees no red or green, and on paper.
PALETTE = (
    *("#1f5fae", "#d9730d", "#1f7a4d", "#b3261e", "#7a3ea8", "#0f8a9d", "#8a5300", "#c2418f"),
    *("#5d6672", "#5a8f00", "#7fa8dc", "#f0b07a", "#7fc4a0", "#e08f89", "#bb98d6", "#84c8d2"),
    *("#c9a063", "#e39cc8", "#adb5bf", "#b0d070"),
)
BELOW = LABEL + 10  # room for a line of labels under the marks


def draw(chart: Description) -> str:
    """The chart as SVG."""
    free = frame.room(chart.width, chart.height)
    frame.title(free, chart.title)
    TYPES[chart.type](chart, free)
    return svg.image(chart.title, chart.width, chart.height, free.parts)


def rendered(image: str) -> bytes:
    """An SVG as PNG, in the fonts that are shipped and no others."""
    from resvg_py import svg_to_bytes

    fonts = [str(path) for path in sorted(FOLDER.glob("*.[ot]tf"))]
    return svg_to_bytes(
        svg_string=image,
        skip_system_fonts=True,
        font_files=fonts,
        font_family="Noto Sans",
        sans_serif_family="Noto Sans",
    )


def _line(chart: Description, free: Room) -> None:
    series, colours = _series(chart), _coloured(chart, free)
    x, y = _categories(chart, free, [v for row in series for v in row if v is not None])
    dots = sum(map(len, series)) <= marks.DOTS
    for values, colour in zip(series, colours, strict=True):
        free.parts += marks.line(values, x, y, colour, dots=dots)


def _bar(chart: Description, free: Room) -> None:
    series, colours = _series(chart), _coloured(chart, free)
    values = [value for row in series for value in row if value is not None]
    x, y = _categories(chart, free, values, zero=True)
    free.parts += marks.bars(series, x, y, colours)


def _stacked_bar(chart: Description, free: Room) -> None:
    series, colours = _series(chart), _coloured(chart, free)
    sums = [
        sum(v for v in column if v is not None and (v < 0) is below)
        for column in zip(*series, strict=True)
        for below in (False, True)
    ]
    x, y = _categories(chart, free, sums, zero=True)
    free.parts += marks.stacks(series, x, y, colours)


def _pie(chart: Description, free: Room) -> None:
    values = [value or 0.0 for value in _series(chart)[0]]
    colours, whole = [*islice(cycle(PALETTE), len(values))], sum(values)
    for index, colour in enumerate(chart.datasets[0].colors):
        colours[index] = colour
    labels = (
        f"{name} {value / whole:.0%}" for name, value in zip(chart.labels, values, strict=True)
    )
    frame.legend(free, [*zip(labels, colours, strict=True)])
    centre = (free.left + free.right) / 2, (free.top + free.bottom) / 2
    radius = max(8.0, min(free.width, free.height) / 2)
    free.parts += marks.slices(values, centre, radius, colours)


def _scatter(chart: Description, free: Room) -> None:
    series = [[p for p in data.data if isinstance(p, tuple)] for data in chart.datasets]
    colours, points = _coloured(chart, free), [point for row in series for point in row]
    frame.axis_titles(free, chart.x_title, chart.y_title)
    free.bottom -= BELOW
    y = _upward(free, [up for _, up in points])
    x = linear([across for across, _ in points], free.left, free.right, apart=80)
    frame.across(free, x)
    for row, colour in zip(series, colours, strict=True):
        free.parts += marks.dots(row, x, y, colour)


TYPES: dict[str, Callable[[Description, Room], None]] = {
    "line": _line,
    "bar": _bar,
    "stacked_bar": _stacked_bar,
    "pie": _pie,
    "scatter": _scatter,
}


def _series(chart: Description) -> list[list[float | None]]:
    return [[v for v in data.data if not isinstance(v, tuple)] for data in chart.datasets]


def _coloured(chart: Description, free: Room) -> list[str]:
    """The colour of each dataset, with a legend where they have names."""
    some = islice(cycle(PALETTE), len(chart.datasets))
    colours = [data.color or given for data, given in zip(chart.datasets, some, strict=True)]
    named = zip(chart.datasets, colours, strict=True)
    frame.legend(free, [(data.label, colour) for data, colour in named if data.label])
    return colours


def _categories(
    chart: Description, free: Room, values: Sequence[float], *, zero: bool = False
) -> tuple[Bands, Scale]:
    """The axes of a chart with labels: the room is then that of its marks."""
    frame.axis_titles(free, chart.x_title, chart.y_title)
    free.bottom -= BELOW
    y = _upward(free, values, zero=zero)
    x = Bands(len(chart.labels), free.left, free.right)
    frame.categories(free, x, chart.labels)
    return x, y


def _upward(free: Room, values: Sequence[float], *, zero: bool = False) -> Scale:
    scale = linear(values, free.bottom, free.top + LABEL / 2, zero=zero)
    frame.up(free, scale)
    return scale
