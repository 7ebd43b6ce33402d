"""What schemathesis.toml loads: what it makes up, and what it lets pass."""

import json
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any
from zlib import crc32

import schemathesis
from hypothesis import strategies
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import RejectedPositiveData

TESTS = Path(__file__).parent.parent
ALL = "fuzz"  # ours are for every operation, those of another folder for that feature's
EXCEPTIONS: dict[str, dict[str, str]] = {
    path.parent.name: import_module(f"tests.{path.parent.name}.exceptions").EXCEPTIONS
    for path in sorted(TESTS.glob("*/exceptions.py"))
}

# Of a few odd ones there is no need for more: of addresses in general, most would be refused.
PLAIN = strategies.from_regex(r"[a-z0-9]{4,12}@[a-z]{3,9}\.(com|org|net)", fullmatch=True)
ODD = (
    "a+b@example.org",
    "o'hara@example.org",
    '"a b"@example.org',
    "a@[127.0.0.1]",
    "a@b.test",
    "ä@ö.de",
)
schemathesis.openapi.format("idn-email", PLAIN | PLAIN | PLAIN | strategies.sampled_from(ODD))


LINES = "application/x-ndjson"
A_KEY = "67f1a9a8-06d6-4e7c-88dd-1d0f6f33f5e9"  # what the document's examples have


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Leave the examples' key to the first who takes it: all others would be refused for it."""
    return {k: v for k, v in body.items() if v != A_KEY} if isinstance(body, dict) else body


@schemathesis.deserializer(LINES)
def lines(context: Any, response: schemathesis.Response) -> Any:
    """Lines of JSON, as the array that their schema describes."""
    return [json.loads(line) for line in response.content.splitlines()]


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext,
    case: schemathesis.Case[Any],
    kwargs: dict[str, Any],
) -> None:
    """Ask for lines in three of four cases that name a segment, which pages refuse, and in half of
    those that name none; by what they ask, so that the same ones do each time.
    """
    offered = case.operation.definition.raw["responses"].get("200", {}).get("content", {})
    query = case.query or {}
    named = {"segment", "segments"} & {*query}
    if LINES in offered and crc32(repr(query).encode()) % 4 >= (1 if named else 2):
        case.headers["Accept"] = LINES


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext,
    failure: Failure,
    case: schemathesis.Case[Any],
    response: schemathesis.Response,
) -> bool:
    """Whether it is one."""
    if isinstance(failure, RejectedPositiveData):
        return not excepted(response.json(), case.operation.tags or [])
    return not (isinstance(failure, AcceptedNegativeData) and unread(case))


def excepted(problem: dict[str, Any], tags: Iterable[str]) -> bool:
    """Whether a problem of an operation with these tags is an exception in all that it says."""
    texts = tuple(text for of in (ALL, *tags) for text in EXCEPTIONS.get(of, ()))
    if problem["code"] in texts or problem["detail"] in texts:
        return True
    details = [error["detail"] for error in problem.get("errors", ())]
    return bool(details) and all(detail.startswith(texts) for detail in details)


def unread(case: schemathesis.Case[Any]) -> bool:
    """Whether nothing is wrong but the header of a GET: that is If-None-Match, and where it cannot
    be read, it costs no more than the body.
    """
    assert case.meta
    wrong = [where for where, part in case.meta.components.items() if part.mode.is_negative]
    return case.method == "GET" and wrong == [ParameterLocation.HEADER]
