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
    assert excepted(right)


@pytest.mark.parametrize(
    "wrong",
    [
        problem("invalid_body"),
        problem("invalid_json"),
        problem("invalid_body", "Too short."),
        problem("invalid_body", "Must be an e-mail address.", "There is no such member."),
    ],
)
def test_nothing_else_does(wrong: dict[str, Any]) -> None:
    assert not excepted(wrong)


def test_each_has_its_reason() -> None:
    assert all(reason.endswith(".") and len(reason) > 5 for reason in EXCEPTIONS.values())
