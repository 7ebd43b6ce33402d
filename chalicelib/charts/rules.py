"""What the members of a description must be to each other: told all at once, before any work."""

from __future__ import annotations

from collections.abc import Iterator

from chalicekit.problems import BadBody, FieldError, member_error
from chalicelib.charts import MAX_POINTS, Dataset, Description

MAX_SLICES = 50


def check(chart: Description) -> None:
    """Raises BadBody."""
    kind = {"pie": _pie, "scatter": _scatter}.get(chart.type, _series)
    points = sum(len(data.data) for data in chart.datasets)
    if points > MAX_POINTS:
        raise BadBody([_long("/datasets", MAX_POINTS, "points of all datasets together")])
    errors = [*kind(chart)]
    for index, data in enumerate(chart.datasets):
        if data.colors and chart.type != "pie":
            errors.append(_long(f"/datasets/{index}/colors", 0, "colors, but in a pie"))
    if errors:
        raise BadBody(errors)


def _series(chart: Description) -> Iterator[FieldError]:
    if not chart.labels:
        yield member_error("/labels", "too_short", "Too short: a label is needed.", min=1)
    for index, data in enumerate(chart.datasets):
        yield from _labelled(chart, data, f"/datasets/{index}/data")


def _pie(chart: Description) -> Iterator[FieldError]:
    yield from _series(chart)
    if len(chart.datasets) > 1:
        yield _long("/datasets", 1, "dataset in a pie")
    if len(chart.labels) > MAX_SLICES:
        yield _long("/labels", MAX_SLICES, "labels in a pie")
    for name in ("x_title", "y_title"):
        if getattr(chart, name):
            yield _long(f"/{name}", 0, "characters: a pie has no axes")
    data = chart.datasets[0]
    if len(data.colors) > len(chart.labels):
        yield _long("/datasets/0/colors", len(chart.labels), "colors, one for each label")
    values = [value for value in data.data if isinstance(value, float)]
    for place, value in enumerate(data.data):
        if isinstance(value, float) and value < 0:
            yield _invalid(f"/datasets/0/data/{place}", "Must not be below 0 in a pie.")
    if not any(value > 0 for value in values):
        yield _invalid("/datasets/0/data", "Must hold a value above 0 in a pie.")


def _scatter(chart: Description) -> Iterator[FieldError]:
    if chart.labels:
        yield _long("/labels", 0, "labels: a scatter has points of x and y")
    for index, data in enumerate(chart.datasets):
        for place, value in enumerate(data.data):
            if not isinstance(value, tuple):
                yield _invalid(f"/datasets/{index}/data/{place}", "Must be a point of x and y.")


def _labelled(chart: Description, data: Dataset, pointer: str) -> Iterator[FieldError]:
    """A value for each label."""
    count, wanted = len(data.data), len(chart.labels)
    if count > wanted:
        yield _long(pointer, wanted, "values, one for each label")
    if count < wanted:
        detail = "Too short: a value is needed for each label."
        yield member_error(pointer, "too_short", detail, min=wanted)
    for place, value in enumerate(data.data):
        if isinstance(value, tuple):
            yield _invalid(f"{pointer}/{place}", "Must be a number or null.")


def _long(pointer: str, most: int, what: str) -> FieldError:
    return member_error(pointer, "too_long", f"Too long: at most {most} {what}.", max=most)


def _invalid(pointer: str, detail: str) -> FieldError:
    return member_error(pointer, "invalid", detail)
