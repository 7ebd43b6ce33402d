"""What is let pass is no more than what exceptions.py names."""

from typing import Any

import pytest

from tests.fuzz.hooks import EXCEPTIONS, excepted


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


def test_each_has_its_reason() -> None:
    reasons = [reason for texts in EXCEPTIONS.values() for reason in texts.values()]
    assert reasons
    assert all(reason.endswith(".") and len(reason) > 5 for reason in reasons)
