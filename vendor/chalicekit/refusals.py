"""Which problems an operation may answer, by their codes: those that the kit raises, as far as it
knows, and those that its route says its view raises.
"""

from __future__ import annotations

from typing import Any, get_origin

from .fields import Page
from .operation import CONDITIONAL, Operation
from .problems import CATALOGUE, catalogue
from .table import TABLES, Table

# Whatever is asked: by the kit, by what stands before it, or by what it relies on.
ALWAYS = (
    "invalid_query",
    "too_many_requests",
    "internal_error",
    "throttled",
    "unavailable",
    "not_configured",
    "timed_out",
)
TOKENS = ("unauthorized", "token_invalid", "token_expired", "issuer_unavailable")
BODY = ("invalid_json", "body_too_large", "media_type_unsupported", "invalid_body")
PRECONDITION = ("stale", "exists", "if_match_required")
IDEMPOTENCY = ("idempotency_key_spent", "idempotency_key_reused")


def codes(operation: Operation) -> dict[str, tuple[int, str, str]]:
    """The part of the catalogue that it may answer, in the catalogue's order."""
    found, table = {*ALWAYS, *operation.problems}, table_of(operation)
    if operation.scope is not None:
        found |= {*TOKENS} | ({"forbidden"} if operation.scope else set())
    if "{" in operation.path:
        found.add("not_found")
    if get_origin(operation.result) is Page:
        found.add("cursor_invalid")
    if operation.lists:
        found.add("answer_too_large")
    if operation.body:
        found |= {*BODY} | ({"bad_request"} if operation.form else set())
    if operation.method in CONDITIONAL:
        found |= {*PRECONDITION}
    if operation.method != "GET":
        found |= {"invalid_header", "outcome_unknown"}
    taken: tuple[str, ...] = ()
    if table and operation.method == "POST":
        taken = (table.key, *table.unique)
        found |= {*IDEMPOTENCY}
    elif table and operation.method in ("PUT", "PATCH"):
        taken = table.unique
    named = catalogue(taken)
    found |= named.keys() - CATALOGUE.keys()
    return {code: about for code, about in named.items() if code in found}


def table_of(operation: Operation) -> Table[Any] | None:
    """The table that keeps what it gives: there alone an Idempotency-Key is honoured."""
    return next((table for table in TABLES if operation.result is table.model), None)
