"""Charts: images drawn from a description, and kept where a link can show them."""

import re
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from chalicekit import pages
from chalicekit.endpoint import Call, Media, Response, Routes, Tagged
from chalicekit.fields import Key, Model, Stored
from chalicekit.objects import Bucket
from chalicekit.settings import Choice

# Public, for an <img> can send no token; who may draw, a scope says.
routes = Routes(__name__, public=True)
WRITE = "charts:write"
charts = Bucket("charts")
sent = Choice("charts", "SEND", "redirect", "bytes")  # to who names no type

PAGE = Path(__file__).parent.parent / "web" / "charts.html"
PNG, SVG = "image/png", "image/svg+xml"
MAX_SERIES, MAX_POINTS, MAX_LABELS = 20, 2_000, 500
MAX_TEXT, MAX_SIDE, MIN_SIDE = 100, 2_000, 100
MAX_VALUE = 10**15  # so that every whole number up to it is exact, and sums are, too
COLORS = (
    r"^(#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6}|black|silver|gray|white|maroon|red|purple|fuchsia|green"
    r"|lime|olive|yellow|navy|blue|teal|aqua|orange)$"
)
NUMBER = {"type": "number", "minimum": -MAX_VALUE, "maximum": MAX_VALUE}
DRAWABLE = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]*$"  # what _drawable says
POINT: dict[str, Any] = {
    "type": "object",
    "properties": {"x": NUMBER, "y": NUMBER},
    "required": ["x", "y"],
    "additionalProperties": False,
}

EXAMPLE: JsonDict = {  # a program cannot guess that there is a label for each value
    "type": "line",
    "title": "Burndown of sprint 42",
    "labels": ["0", "1", "2", "3", "4", "5"],
    "datasets": [
        {"label": "Ideal", "data": [40, 32, 24, 16, 8, 0], "color": "gray"},
        {"label": "Left", "data": [40, 37, 33, None, None, None]},
    ],
}


def _drawable(text: str) -> str:
    kinds = {unicodedata.category(char) for char in text}
    if kinds & {"Cc", "Zl", "Zp", "Cs"} or "\ufffe" in text or "\uffff" in text:
        raise PydanticCustomError("invalid", "Must not hold control characters or line breaks")
    return text


def _value(value: object) -> object:
    """A number, None for a gap, or a point as a pair."""
    if isinstance(value, dict) and value.keys() == {"x", "y"}:
        return _number(value["x"]), _number(value["y"])
    return None if value is None else _number(value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("invalid", "Must be a number, null, or a point of x and y")
    if not -MAX_VALUE <= value <= MAX_VALUE:
        raise PydanticCustomError("invalid", "Must be a number from -10^15 to 10^15")
    return float(value)


def _pixels(value: object) -> object:
    """A whole number may be written with a fraction, as in 800.0: JSON knows no integers."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _normal(color: str) -> str:
    """`#FFF` as `#ffffff`: what looks the same is the same chart."""
    if not re.fullmatch(COLORS, color):
        raise PydanticCustomError(
            "invalid", "Must be a colour: #rgb, #rrggbb, or a name such as gray"
        )
    color = color.lower()
    if color.startswith("#") and len(color) == len("#rgb"):
        return "#" + "".join(2 * digit for digit in color[1:])
    return color


Text = Annotated[
    str,
    StringConstraints(max_length=MAX_TEXT),
    AfterValidator(_drawable),
    Field(json_schema_extra={"pattern": DRAWABLE}),
]
Color = Annotated[
    str, AfterValidator(_normal), Field(json_schema_extra={"pattern": COLORS, "maxLength": 7})
]
Side = Annotated[int, Field(strict=True, ge=MIN_SIDE, le=MAX_SIDE), BeforeValidator(_pixels)]
Value = Annotated[
    Any,
    AfterValidator(_value),
    Field(json_schema_extra={"anyOf": [NUMBER, {"type": "null"}, POINT]}),
]
Kind = Literal["line", "bar", "stacked_bar", "pie", "scatter"]
Format = Literal["png", "svg"]


class Dataset(Model):
    """One series: a value for each label, or a scatter's points. `colors` are a pie's slices'."""

    label: Text = ""
    data: Annotated[list[Value], Field(min_length=1, max_length=MAX_POINTS)]
    color: Color | None = None
    colors: Annotated[list[Color], Field(max_length=MAX_LABELS)] = []


class Description(Model):
    """What is to be drawn."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    type: Kind
    labels: Annotated[list[Text], Field(max_length=MAX_LABELS)] = []
    datasets: Annotated[list[Dataset], Field(min_length=1, max_length=MAX_SERIES)]
    title: Text = ""
    x_title: Text = ""
    y_title: Text = ""
    width: Side = 800
    height: Side = 450
    format: Format = "png"


class Chart(Stored):
    """What was drawn. Its id is made from the description: the same again is the same chart."""

    id: Key
    url: str
    type: Kind
    format: Format
    width: Side
    height: Side


@routes.post("/charts", scope=WRITE)
def create_chart(body: Description, call: Call) -> Chart:
    """Draw a chart, or find it as it was drawn before. Its link works for 15 days at least."""
    from chalicelib.charts import kept  # no part of a cold start

    return kept.create(body, call)


@routes.post("/charts/preview", scope=WRITE)
def preview_chart(body: Description) -> Annotated[Response, Media(SVG)]:
    """Draw a chart as SVG, whatever its format, and keep nothing."""
    from chalicelib.charts import kept  # no part of a cold start

    return kept.preview(body)


@routes.get("/charts/new")
def new_chart(call: Call) -> Annotated[Response, Media("text/html")]:
    """Show a form with a live preview."""
    return pages.html(PAGE, {"root": call.prefix}, {})


@routes.get("/charts/{id}")
def get_chart(id: str, call: Call) -> Annotated[Response, Media(PNG, SVG, redirects=True), Tagged]:
    """Get a chart's image. Where its type is not what Accept names first, a link to it is given."""
    from chalicelib.charts import kept  # no part of a cold start

    return kept.image(id, call)
