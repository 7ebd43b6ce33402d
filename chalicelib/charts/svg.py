"""SVG as text: a closed list of elements and attributes, and everything else escaped."""

from __future__ import annotations

from chalicelib.charts.text import FAMILIES

ELEMENTS = {"svg", "title", "rect", "path", "circle", "line", "text"}
INK, QUIET, GRID, GROUND = "#1d2126", "#5d6672", "#dcdfe3", "#ffffff"

Attributes = dict[str, str | float]


def element(name: str, inside: str = "", /, **attributes: str | float) -> str:
    """An element; `stroke_width` becomes `stroke-width`. What is `inside` is SVG already."""
    assert name in ELEMENTS
    said = "".join(
        f' {key.replace("_", "-")}="{_value(value)}"' for key, value in attributes.items()
    )
    return f"<{name}{said}>{inside}</{name}>" if inside else f"<{name}{said}/>"


def escaped(text: str) -> str:
    """Any text, for between tags and for attributes in double quotes."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;")


def number(value: float) -> str:
    """Pixels with two decimals at most: finer than anybody sees, and short."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")  # + 0.0: no -0


def write(text: str, x: float, y: float, size: float, **attributes: str | float) -> str:
    """A line of text whose baseline begins, or with `text_anchor` ends or is centred, at x, y."""
    return element("text", escaped(text), x=x, y=y, font_size=size, **attributes)


def image(title: str, width: int, height: int, parts: list[str]) -> str:
    """The whole image on its ground, with what a screen reader says of it."""
    ground = element("rect", width=width, height=height, fill=GROUND)
    named = element("title", escaped(title)) if title else ""
    return element(
        "svg",
        "".join([named, ground, *parts]),
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        font_family=FAMILIES,
        fill=INK,
    )


def _value(value: str | float) -> str:
    return escaped(value) if isinstance(value, str) else number(value)
