"""What is refused, each with its place: before anything is drawn."""

from typing import Any

import pytest

from tests.charts.conftest import Draw

ONE = [{"data": [1, 2]}]
PIE = {"type": "pie", "labels": ["a", "b"]}
DOTS = {"type": "scatter", "labels": []}
DOT = {"x": 1, "y": 2}

FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "type": ({"type": "radar"}, "/type", "invalid"),
    "no datasets": ({"datasets": []}, "/datasets", "too_short"),
    "too many series": ({"datasets": ONE * 21}, "/datasets", "too_long"),
    "no data": ({"datasets": [{"data": []}]}, "/datasets/0/data", "too_short"),
    "a value too few": ({"datasets": [{"data": [1]}]}, "/datasets/0/data", "too_short"),
    "a value too many": ({"datasets": [{"data": [1] * 3}]}, "/datasets/0/data", "too_long"),
    "text as a value": ({"datasets": [{"data": [1, "2"]}]}, "/datasets/0/data/1", "invalid"),
    "a switch as a value": ({"datasets": [{"data": [True, 2]}]}, "/datasets/0/data/0", "invalid"),
    "too large": ({"datasets": [{"data": [1, 10**15 + 1]}]}, "/datasets/0/data/1", "invalid"),
    "too small": ({"datasets": [{"data": [1, -1e16]}]}, "/datasets/0/data/1", "invalid"),
    "a point in a line": ({"datasets": [{"data": [1, DOT]}]}, "/datasets/0/data/1", "invalid"),
    "no labels": ({"labels": []}, "/labels", "too_short"),
    "too many labels": ({"labels": ["a"] * 501}, "/labels", "too_long"),
    "a long label": ({"labels": ["a", "b" * 101]}, "/labels/1", "too_long"),
    "a number as a label": ({"labels": ["a", 1]}, "/labels/1", "invalid"),
    "a control character": ({"title": "a\u0007b"}, "/title", "invalid"),
    "a line break": ({"title": "a\u2028b"}, "/title", "invalid"),
    "no character of XML": ({"title": "\uffff"}, "/title", "invalid"),
    "wide": ({"width": 2001}, "/width", "invalid"),
    "giant": ({"height": 10**30}, "/height", "invalid"),
    "narrow": ({"width": 99}, "/width", "invalid"),
    "half a pixel": ({"width": 200.5}, "/width", "invalid"),
    "format": ({"format": "gif"}, "/format", "invalid"),
    "colour": (
        {"datasets": [{"data": [1, 2], "color": "url(#x)"}]},
        "/datasets/0/color",
        "invalid",
    ),
    "its quotes": (
        {"datasets": [{"data": [1, 2], "color": '#fff"'}]},
        "/datasets/0/color",
        "invalid",
    ),
    "as in Chart.js": (
        {"datasets": [{"data": [1, 2], "backgroundColor": "red"}]},
        "/datasets/0/backgroundColor",
        "unknown",
    ),
    "colors of a line": (
        {"datasets": [{"data": [1, 2], "colors": ["red"]}]},
        "/datasets/0/colors",
        "too_long",
    ),
    "two pies": (PIE | {"datasets": ONE * 2}, "/datasets", "too_long"),
    "below 0 in a pie": (PIE | {"datasets": [{"data": [1, -2]}]}, "/datasets/0/data/1", "invalid"),
    "nothing in a pie": (PIE | {"datasets": [{"data": [0, None]}]}, "/datasets/0/data", "invalid"),
    "axes of a pie": (PIE | {"x_title": "Day"}, "/x_title", "too_long"),
    "labels of a scatter": (
        {"type": "scatter", "datasets": [{"data": [DOT]}]},
        "/labels",
        "too_long",
    ),
    "a gap in a scatter": (
        DOTS | {"datasets": [{"data": [None]}]},
        "/datasets/0/data/0",
        "invalid",
    ),
    "a bomb of points": (
        DOTS | {"datasets": [{"data": [DOT] * 1001}] * 2},
        "/datasets",
        "too_long",
    ),
}


@pytest.mark.parametrize("path", ["/charts", "/charts/preview"])
@pytest.mark.parametrize(("members", "pointer", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_and_its_place(
    draw: Draw, path: str, members: dict[str, Any], pointer: str, code: str
) -> None:
    answer = draw(path, **members)
    assert answer.status_code == 422, answer.text
    errors = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert (pointer, code) in errors


def test_all_faults_at_once(draw: Draw) -> None:
    answer = draw(labels=["a"], datasets=[{"data": [1, 2]}, {"data": [DOT], "colors": ["red"]}])
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/datasets/0/data", "/datasets/1/data/0", "/datasets/1/colors"}


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_in_json(target: Any, value: str) -> None:
    body = f'{{"type": "line", "labels": ["a"], "datasets": [{{"data": [{value}]}}]}}'
    answer = target.session.post(f"{target.base_url}/charts", data=body, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


def test_half_a_surrogate_pair(target: Any) -> None:
    body = '{"type": "line", "labels": ["\\ud800"], "datasets": [{"data": [1]}]}'
    answer = target.session.post(f"{target.base_url}/charts", data=body, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


def test_more_than_is_read(draw: Draw) -> None:
    answer = draw(labels=["a" * 100] * 700)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
