"""What is let pass is no more than what exceptions.py names."""

from types import SimpleNamespace
from typing import Any

import pytest
import schemathesis

from tests.fuzz.hooks import EXCEPTIONS, LINES, before_call, excepted


def problem(code: str, *details: str) -> dict[str, Any]:
    return {"code": code, "detail": "...", "errors": [{"detail": detail} for detail in details]}


@pytest.mark.parametrize(
    "right",
    [
        problem("stale"),
        problem("invalid_body", "Must be an e-mail address."),
        problem("invalid_query", *["Cannot be combined with id."] * 2),
    ],
)
def test_exceptions_pass(right: dict[str, Any]) -> None:
    assert excepted(right, ["users"])


@pytest.mark.parametrize(
    "wrong",
    [
        problem("invalid_body"),
        problem("invalid_json"),
        problem("invalid_body", "Too short."),
        problem("invalid_query", "Too long: at most 100 items."),  # which charts may say
        problem("invalid_body", "Must be an e-mail address.", "There is no such member."),
    ],
)
def test_nothing_else_does(wrong: dict[str, Any]) -> None:
    assert not excepted(wrong, ["users"])


@pytest.mark.parametrize(("query", "least", "most"), [({}, 40, 60), ({"segment": "0"}, 65, 85)])
def test_some_ask_for_lines_and_some_for_pages(
    query: dict[str, str], least: int, most: int
) -> None:
    responses: Any = {"200": {"content": {LINES: {}}}}

    def accepted(number: int) -> str | None:
        case: Any = SimpleNamespace(
            operation=SimpleNamespace(definition=SimpleNamespace(raw={"responses": responses})),
            query=query | {"limit": str(number)},
            headers={},
        )
        before_call(schemathesis.HookContext(), case, {})
        found: str | None = case.headers.get("Accept")
        return found

    met = [accepted(number) for number in range(100)]
    assert least <= met.count(LINES) <= most
    assert met == [accepted(number) for number in range(100)]


def test_each_has_its_reason() -> None:
    reasons = [reason for texts in EXCEPTIONS.values() for reason in texts.values()]
    assert reasons
    assert all(reason.endswith(".") and len(reason) > 5 for reason in reasons)
