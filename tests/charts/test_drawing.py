"""What is drawn: looked at once, then compared; and whatever is described, safe and within bounds.

REDRAW=1 writes the images anew, for somebody to look at.
"""

import os
import subprocess
import sys
import time
from decimal import Decimal
from io import BytesIO
from itertools import count, product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from chalicelib.charts import MAX_POINTS, Description, drawing, rules, svg, text
from chalicelib.charts.scales import linear
from chalicelib.charts.svg import ELEMENTS
from tests.engines import ROOT

BLOCK, ALIKE = 16, 6.0  # pixels; the difference, of 255, that nobody sees in so many by so many
IMAGES = Path(__file__).parent / "images"
NAMESPACE = "{http://www.w3.org/2000/svg}"
ATTRIBUTES = {
    *("width", "height", "viewBox", "role", "font-family", "font-size", "fill", "fill-opacity"),
    *("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "d", "text-anchor", "transform"),
    *("stroke", "stroke-width", "stroke-linejoin", "stroke-linecap"),
}
PLACES = {"x", "y", "cx", "cy", "x1", "x2", "y1", "y2"}
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri"]
SHOWN: dict[str, dict[str, Any]] = {
    "line": {
        "title": "Burndown",
        "x_title": "Day",
        "y_title": "Points left",
        "labels": DAYS,
        "datasets": [
            {"label": "Ideal", "data": [40, 30, 20, 10, 0], "color": "gray"},
            {"label": "Left", "data": [40, 33, None, 20, 9]},
        ],
    },
    "bar": {
        "title": "Ünï Ελληνικά Кириллица 日本語 한국어 简体 😀🚀",
        "labels": ["Αθήνα", "Москва", "東京", "서울", "北京 😀"],
        "datasets": [
            {"label": "売上", "data": [3, 5, 2, 4, -1]},
            {"label": "Прибыль", "data": [1, 2, 3, 2, 4], "color": "#d9730d"},
        ],
    },
    "stacked_bar": {
        "labels": DAYS,
        "datasets": [{"label": f"s{n}", "data": [n, 2, -1, 3, 4]} for n in (1, 2, 3)],
    },
    "pie": {
        "title": "Visitors",
        "labels": ["Search", "Links", "Mail"],
        "datasets": [{"data": [54, 21, 13], "colors": ["teal"]}],
    },
    "scatter": {
        "x_title": "Height",
        "y_title": "Weight",
        "datasets": [
            {"label": "a", "data": [{"x": 150 + n, "y": 50 + n * n % 31} for n in range(20)]},
            {"label": "b", "data": [{"x": 120 + n, "y": 20 + n * n % 11} for n in range(20)]},
        ],
    },
}


def described(**members: Any) -> Description:
    chart = Description.model_validate({"width": 400, "height": 240} | members)
    rules.check(chart)
    return chart


def png(**members: Any) -> Image.Image:
    image = drawing.rendered(drawing.draw(described(**members)))
    return Image.open(BytesIO(image)).convert("RGB")


@pytest.mark.parametrize("kind", SHOWN)
def test_it_looks_as_it_did(kind: str) -> None:
    image, file = png(type=kind, **SHOWN[kind]), IMAGES / f"{kind}.png"
    if os.environ.get("REDRAW"):
        image.save(file, optimize=True)
    before = Image.open(file).convert("RGB")
    assert image.size == before.size
    assert apart(image, before) < ALIKE, "look at it, then draw it anew with REDRAW=1"


def apart(image: Image.Image, before: Image.Image) -> float:
    """How far the colours of two images are apart, of 255: on average where it is worst.

    A digit of an axis is lost in the average of a whole image, not in that of a few pixels.
    """
    difference = ImageChops.difference(image, before)
    corners = product(range(0, image.width, BLOCK // 2), range(0, image.height, BLOCK // 2))
    blocks = (difference.crop((x, y, x + BLOCK, y + BLOCK)) for x, y in corners)
    return max(mean for block in blocks for mean in ImageStat.Stat(block).mean)


def shown(kind: str) -> float:
    return apart(png(type=kind, **SHOWN[kind]), Image.open(IMAGES / f"{kind}.png").convert("RGB"))


@pytest.mark.parametrize("value", ["", "9"], ids=["gone", "all the same"])
@pytest.mark.parametrize("kind", sorted({*SHOWN} - {"pie"}))
def test_the_values_of_an_axis_are_seen(
    kind: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = svg.write

    def spoilt(text: str, *place: float, **given: Any) -> str:
        return write(value if given.get("text_anchor") == "end" else text, *place, **given)

    monkeypatch.setattr(svg, "write", spoilt)
    assert shown(kind) > ALIKE


@pytest.mark.parametrize("lost", range(1, 9))  # the very first is behind that of the other line
def test_each_dot_of_a_line_is_seen(lost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    element, dots = svg.element, count()

    def spoilt(name: str, *inside: str, **given: Any) -> str:
        return "" if name == "circle" and next(dots) == lost else element(name, *inside, **given)

    monkeypatch.setattr(svg, "element", spoilt)
    assert shown("line") > ALIKE


@pytest.mark.parametrize("kind", SHOWN)
def test_a_hundredth_of_a_pixel_is_not_seen(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another processor rounds otherwise, and edges are a shade lighter or darker."""
    element = svg.element

    def moved(name: str, *inside: str, **given: Any) -> str:
        places = {key: at + 0.01 for key, at in given.items() if key in PLACES and at}
        return element(name, *inside, **given | places)

    monkeypatch.setattr(svg, "element", moved)
    assert 0 < shown(kind) < ALIKE


def test_every_type_is_shown() -> None:
    assert drawing.TYPES.keys() == SHOWN.keys()


@pytest.mark.parametrize(
    "letters", ["Az", "Ωψ", "Жя", "日本", "한국", "汉语", "漢語", "😀🚀", "€→"]
)
def test_a_script_is_drawn_with_glyphs_of_its_own(letters: str) -> None:
    """Each of two letters differs from the other, and from the box that stands for no glyph."""
    dark = [png(type="line", labels=["a"], datasets=[{"data": [1]}], title=c) for c in letters]
    none = png(type="line", labels=["a"], datasets=[{"data": [1]}], title="\ue000")
    empty = png(type="line", labels=["a"], datasets=[{"data": [1]}], title=" ")
    assert len({image.tobytes() for image in [*dark, none, empty]}) == 4


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20).filter(
    lambda given: not {"\ufffe", "\uffff"} & {*given}
)
HOSTILE = st.sampled_from(["<script>alert(1)</script>", '"/><a href="x">', "]]>", "&amp;&#0;<!--"])
NUMBER = st.floats(-1e15, 1e15).map(lambda v: v if abs(v) > 1e-100 else 0.0) | st.integers(-9, 9)


@st.composite
def descriptions(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(SHOWN)))
    words, count = TEXT | HOSTILE, draw(st.integers(1, 12))
    value: st.SearchStrategy[Any] = NUMBER.map(_plain) | st.none()
    if kind == "scatter":
        value = st.fixed_dictionaries({"x": NUMBER.map(_plain), "y": NUMBER.map(_plain)})
    if kind == "pie":
        value = st.integers(1, 9)
    rows = st.fixed_dictionaries(
        {"label": words, "data": st.lists(value, min_size=count, max_size=count)}
    )
    series = st.lists(rows, min_size=1, max_size=1 if kind == "pie" else 4)
    made = {"type": kind, "title": draw(words), "datasets": draw(series)}
    if kind != "scatter":
        made["labels"] = draw(st.lists(words, min_size=count, max_size=count))
    if kind != "pie":
        made |= {"x_title": draw(words), "y_title": draw(words)}
    size = st.integers(100, 2000)
    return made | {"width": draw(size), "height": draw(size)}


def _plain(value: float) -> int | Decimal:
    """As the kit's parser reads it."""
    return value if isinstance(value, int) else Decimal(repr(value))


@given(descriptions())
def test_whatever_is_described_is_a_closed_list_of_elements(members: dict[str, Any]) -> None:
    chart = described(**members)
    image = drawing.draw(chart)
    tree = ET.fromstring(image)
    for element in tree.iter():
        assert element.tag.removeprefix(NAMESPACE) in ELEMENTS
        assert element.attrib.keys() <= ATTRIBUTES
        place = {name: float(element.attrib[name]) for name in PLACES & element.attrib.keys()}
        assert all(-1 <= value <= chart.width for name, value in place.items() if "x" in name)
        assert all(-1 <= value <= chart.height for name, value in place.items() if "y" in name)
        assert all(float(element.attrib.get(side, 0)) >= 0 for side in ("width", "height", "r"))
    if chart.title:
        assert tree.findtext(f"{NAMESPACE}title") == chart.title


@given(st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=5))
def test_an_axis_holds_its_values_and_its_ticks_read_apart(values: list[float]) -> None:
    values = [value if abs(value) > 1e-100 else 0.0 for value in values]
    scale = linear(values, 0, 400)
    size = max(map(abs, values)) or 1.0
    assert scale.ticks[0] <= min(values) + size * 1e-6
    assert scale.ticks[-1] >= max(values) - size * 1e-6
    assert 2 <= len(scale.ticks) <= 20
    assert len({*scale.labels}) == len(scale.ticks)


@given(TEXT, st.floats(0, 300))
def test_a_text_that_was_fitted_fits(given_text: str, room: float) -> None:
    assert text.width(text.fitted(given_text, 12, room), 12) <= room or not room


@pytest.mark.slow
def test_the_largest_chart_is_drawn_in_seconds() -> None:
    values = [{"label": "😀" * 50, "data": [*range(100)]} for _ in range(MAX_POINTS // 100)]
    begun = time.monotonic()
    image = png(type="bar", width=2000, height=2000, labels=["東" * 50] * 100, datasets=values)
    assert image.size == (2000, 2000)
    assert time.monotonic() - begun < 20, "the gateway waits for 29 s"


def test_what_serves_users_imports_nothing_of_it() -> None:
    loaded = imported("import app")
    assert "chalicelib.charts" in loaded
    assert not [m for m in loaded if m.startswith(("resvg_py", "chalicelib.charts."))]


GETS = """
from pathlib import Path
from tests.targets import moto
with moto(Path()) as target:
    place = {"Bucket": target.table("charts"), "Key": "0" * 40}
    target.aws("s3").put_object(Body=b"PNG", ContentType="image/png", **place)
    url, whole = f"{target.base_url}/charts/{place['Key']}", {"Accept": "image/png"}
    sent = [
        target.session.get(url, allow_redirects=False, headers=headers).status_code
        for headers in ({}, whole, whole | {"If-None-Match": "*"})
    ]
    assert sent == [302, 200, 304], sent
"""


def test_who_only_looks_at_a_chart_waits_for_no_drawing() -> None:
    loaded = imported(GETS)
    assert "chalicelib.charts.kept" in loaded
    others = loaded - {"chalicelib.charts.kept"}
    assert not [m for m in others if m.startswith(("resvg_py", "chalicelib.charts."))]


def imported(script: str) -> set[str]:
    """The modules that a process has loaded at the end of a script."""
    env = os.environ | {"PYTHONPATH": "vendor", "APP_NAME": "x", "AWS_LAMBDA_FUNCTION_NAME": "x"}
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\nimport sys; print(*sys.modules)"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return {*done.stdout.split()}
