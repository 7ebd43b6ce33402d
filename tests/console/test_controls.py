"""Which control a schema gets, and what is read from what is typed there."""

import json
from typing import Any

import pytest

from tests.console.window import Window

pytestmark = pytest.mark.in_process
NULL = {"type": "null"}
TEXT = {"type": "string"}


@pytest.fixture(scope="module")
def page(one: Window) -> Window:
    one.visit("/wares", "typeof Member !== 'undefined'")
    # In another zone than UTC, and none that changes its clocks.
    one.send("Emulation.setTimezoneOverride", timezoneId="Asia/Kolkata")
    return one


def tried(page: Window, schema: Any, required: bool, base: Any, text: str | None) -> Any:
    """The element, and the value that is read once `text` stands in it; None: it is not touched."""
    script = """((schema, required, base, text) => {
      const control = new Control(new Member({}, "member", schema, required), "try");
      control.set(base);
      if (text !== null) control.text = text;
      const { tagName, type } = control.input;
      try { return [tagName + " " + type, control.read()]; }
      catch (error) { return [tagName + " " + type, "! " + error.message]; }
    })"""
    given = ", ".join(map(json.dumps, (schema, required, base, text)))
    return page.evaluate(f"{script}({given})")


LINE, LINES, PICK = "INPUT text", "TEXTAREA textarea", "SELECT select-one"
BOX, TIME, DAY = "INPUT checkbox", "INPUT datetime-local", "INPUT date"
MAYBE = {"anyOf": [TEXT, NULL]}
DECIMAL = {"anyOf": [{"type": "number"}, TEXT]}
WHEN = {"type": ["string", "null"], "format": "date-time"}
KINDS = {"enum": ["red", "green"]}
NUMBERS = {"type": "array", "items": {"type": "integer"}}
WHOLE = "! Please give a whole number."
NUMBER = "! Please give a number, such as 12.5."
EMPTY = "! Must be given."


@pytest.mark.parametrize(
    ("schema", "required", "base", "text", "control", "value"),
    [
        (TEXT, True, "a", " b ", LINE, " b "),
        (TEXT, True, "a", "", LINE, ""),
        (TEXT | {"minLength": 1}, True, "a", "", LINE, EMPTY),
        (TEXT | {"format": "idn-email"}, True, None, "", LINE, EMPTY),
        (TEXT | {"maxLength": 500}, True, "a", "b\nc", LINES, "b\nc"),
        (MAYBE, False, "a", "", LINE, None),
        (MAYBE, False, None, None, LINE, None),
        (DECIMAL, True, "1.10", "12345678901234567890.10", LINE, "12345678901234567890.10"),
        (DECIMAL, True, "1.10", "", LINE, EMPTY),
        ({"type": "integer"}, True, 1, "-7", LINE, -7),
        ({"type": "integer"}, True, 1, "7.5", LINE, WHOLE),
        ({"type": "integer"}, True, 1, "seven", LINE, WHOLE),
        ({"type": "integer"}, True, 1, "1e3", LINE, WHOLE),
        ({"type": "number"}, True, 1, "7.5e3", LINE, 7500),
        ({"type": "number"}, True, 1, "0x10", LINE, NUMBER),
        ({"type": "number"}, True, 1, "1e999", LINE, NUMBER),
        ({"type": "boolean"}, True, False, "true", BOX, True),
        ({"type": "boolean"}, True, True, None, BOX, True),
        ({"type": ["boolean", "null"]}, False, True, "", PICK, None),
        (KINDS, True, "red", "green", PICK, "green"),
        (KINDS, True, None, "", PICK, EMPTY),
        ({"anyOf": [KINDS, NULL]}, False, "red", "", PICK, None),
        ({"enum": [1, 2]}, True, 1, "2", PICK, 2),
        (WHEN, False, None, "2026-11-26T17:00:00.000", TIME, "2026-11-26T11:30:00.000Z"),
        (WHEN, False, "2026-11-26T11:30:00.123456Z", None, TIME, "2026-11-26T11:30:00.123456Z"),
        (WHEN, False, "2026-11-26T11:30:00.000Z", "", TIME, None),
        (TEXT | {"format": "date"}, True, None, "2026-11-26", DAY, "2026-11-26"),
        ({"type": "array", "items": TEXT}, True, ["a"], "b\n\n c \n", LINES, ["b", "c"]),
        ({"type": "array", "items": TEXT}, True, ["a"], "", LINES, []),
        (NUMBERS, True, [1], "[1, 2]", LINES, [1, 2]),
        (NUMBERS, True, [1], "1, 2", LINES, "! This is no JSON."),
        ({"type": "object"}, True, {"a": 1}, '{"a": {"b": null}}', LINES, {"a": {"b": None}}),
    ],
    ids=lambda given: json.dumps(given)[:40],
)
def test_a_schema_gets_a_fitting_control(
    page: Window,
    schema: Any,
    required: bool,
    base: Any,
    text: str | None,
    control: str,
    value: Any,
) -> None:
    assert tried(page, schema, required, base, text) == [control, value]


@pytest.mark.parametrize(
    ("before", "after", "patch"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"b": 3}),
        ({"a": 1}, {"a": None}, {"a": None}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, {"a": {"c": None}}),
        ({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"d": 3}}}, {"a": {"b": {"c": None, "d": 3}}}),
        ({"a": [1, 2]}, {"a": [2]}, {"a": [2]}),
        ({"a": {"b": 1}}, {"a": [1]}, {"a": [1]}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2, "b": 1}}, {}),
    ],
)
def test_a_merge_patch_is_what_differs(page: Window, before: Any, after: Any, patch: Any) -> None:
    given = f"{json.dumps(before)}, {json.dumps(after)}"
    assert page.evaluate(f"mergePatch({given})") == patch


def test_integers_keep_all_their_digits(page: Window) -> None:
    """Of a number of JavaScript, the last one would be another: it holds 53 bits."""
    script = """(() => {
      const control = new Control(new Member({}, "count", {type: "integer"}, true), "try");
      const item = parsed('{"count": 9007199254740993, "deep": [{"m": -9007199254740995}, 1.5]}');
      control.set(item.count);
      const found = [control.text, control.touched, textOf({kind: "json"}, item.deep[0])];
      control.text = "9007199254740997";
      const patch = mergePatch(item, {...item, count: control.read()});
      return [...found, written(patch), written(item), alike(item, parsed(written(item)))];
    })()"""
    assert page.evaluate(script) == [
        *("9007199254740993", False, '{\n  "m": -9007199254740995\n}'),
        '{"count":9007199254740997}',
        '{"count":9007199254740993,"deep":[{"m":-9007199254740995},1.5]}',
        True,
    ]


def test_a_browser_that_would_round_refuses_what_is_typed(page: Window) -> None:
    """From before 2025: it does not tell what stood in the text."""
    script = """(() => {
      const { parse } = JSON;
      JSON.parse = (text, revive) => parse(text, (name, value) => revive(name, value));
      const control = new Control(new Member({}, "count", {type: "integer"}, true), "try");
      try { return ["9007199254740991", "9007199254740993"].map((text) => {
        control.text = text;
        return control.read();
      }); }
      catch (error) { return [control.text, error.message]; }
      finally { JSON.parse = parse; }
    })()"""
    told = ["9007199254740993", "This browser cannot hold so large a number."]
    assert page.evaluate(script) == told


def test_references_are_followed(page: Window) -> None:
    api = {
        "components": {
            "schemas": {"Color": KINDS, "Both": {"allOf": [{"$ref": "#/components/schemas/Color"}]}}
        }
    }
    script = f"new Member({json.dumps(api)}, 'a', {{$ref: '#/components/schemas/Both'}}, true)"
    assert page.evaluate(f"{script}.choices") == ["red", "green"]
