"""The marks of each type of chart: lines, bars, slices and dots."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from chalicelib.charts import svg
from chalicelib.charts.scales import Bands, Scale

DOTS = 200  # points, above which a line has none
Values = Sequence[float | None]


def line(values: Values, x: Bands, y: Scale, colour: str, *, dots: bool) -> Iterator[str]:
    """A line through the values, broken where one is missing; one between gaps is a dot."""
    path, drawn = "", False
    for index, value in enumerate(values):
        if value is None:
            drawn = False
            continue
        at = (x.middle(index), y.at(value))
        path += f"{'L' if drawn else 'M'}{svg.number(at[0])} {svg.number(at[1])}"
        alone = not drawn and (index + 1 == len(values) or values[index + 1] is None)
        drawn = True
        if dots or alone:
            yield svg.element("circle", cx=at[0], cy=at[1], r=3, fill=colour)
    if "L" in path:
        pen = {"stroke": colour, "stroke_linejoin": "round", "stroke_linecap": "round"}
        yield svg.element("path", d=path, fill="none", stroke_width=2, **pen)


def bars(series: Sequence[Values], x: Bands, y: Scale, colours: Sequence[str]) -> Iterator[str]:
    """The series side by side in each band, from 0."""
    group, count = x.width * 0.8, len(series)
    for number, values in enumerate(series):
        for index, value in enumerate(values):
            if value is not None:
                left = x.middle(index) - group / 2 + number * group / count
                yield _bar(left, group / count, y.at(0), y.at(value), colours[number])


def stacks(series: Sequence[Values], x: Bands, y: Scale, colours: Sequence[str]) -> Iterator[str]:
    """The series on top of each other; what is below 0 hangs from it."""
    ends = [[0.0, 0.0] for _ in range(x.count)]
    wide = x.width * 0.8
    for number, values in enumerate(series):
        for index, value in enumerate(values):
            if value is not None:
                side = ends[index]
                begin = side[value < 0]
                side[value < 0] = begin + value
                left = x.middle(index) - wide / 2
                yield _bar(left, wide, y.at(begin), y.at(begin + value), colours[number])


def dots(points: Sequence[tuple[float, float]], x: Scale, y: Scale, colour: str) -> Iterator[str]:
    for across, up in points:
        place = {"cx": x.at(across), "cy": y.at(up), "r": 4}
        yield svg.element("circle", **place, fill=colour, fill_opacity=0.75)


def slices(
    values: Sequence[float], centre: tuple[float, float], radius: float, colours: Sequence[str]
) -> Iterator[str]:
    """Slices clockwise from the top, each as large as its part of the sum."""
    begun, whole = 0.0, math.fsum(values)
    for value, colour in zip(values, colours, strict=True):
        part = value / whole
        edge: svg.Attributes = {"fill": colour, "stroke": svg.GROUND, "stroke_width": 1.5}
        if part > 0.9999:
            yield svg.element("circle", cx=centre[0], cy=centre[1], r=radius, **edge)
        elif part > 0:
            ends = [_around(centre, radius, turn) for turn in (begun, begun + part)]
            r, far = svg.number(radius), int(part > 0.5)
            middle = f"{svg.number(centre[0])} {svg.number(centre[1])}"
            arc = f"M{middle}L{ends[0]}A{r} {r} 0 {far} 1 {ends[1]}Z"
            yield svg.element("path", d=arc, **edge)
        begun += part


def _around(centre: tuple[float, float], radius: float, turn: float) -> str:
    angle = 2 * math.pi * turn - math.pi / 2
    x, y = centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)
    return f"{svg.number(x)} {svg.number(y)}"


def _bar(left: float, wide: float, begin: float, end: float, colour: str) -> str:
    box = {"x": left, "y": min(begin, end), "width": wide * 0.94, "height": abs(end - begin)}
    return svg.element("rect", **box, fill=colour)
