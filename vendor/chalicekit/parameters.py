"""The parameters of an operation, for OpenAPI: of its path, its query and its headers.

Only what must be given has an example: pages that fill in examples would send the others, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .etags import MAX_HEADER
from .export import Segments
from .fields import A_KEY, ID_PATTERN, MAX_ID
from .operation import CONDITIONAL, Operation
from .refusals import table_of
from .schemas import query_properties

TAG = '"[^"]*"'
READ = rf'(W/)?({TAG}|[^\s",*]+)'  # quoted or bare, as etags.py reads them
TAGS = rf"^(\*|[\s,]*{READ}(\s*,[\s,]*{READ})*[\s,]*)$"
RETRY_KEY = r'^("[!#-~]{1,255}"|[!#-~]{1,255})$'
SORT = "The order; `-` before it turns it round. Left out, it is the table's own."
RETRY = "Makes it safe to send the request again: within 24 hours it creates one item only."


def parameters(operation: Operation) -> list[dict[str, Any]]:
    """All that the operation can be told beside a body."""
    return [*_path(operation), *_query(operation), *_headers(operation)]


def _path(operation: Operation) -> Iterator[dict[str, Any]]:
    for part in operation.path.split("/"):
        if part.startswith("{"):
            yield {
                "name": part[1:-1],
                "in": "path",
                "description": "The key of the item.",
                "required": True,
                "schema": {"type": "string", "pattern": ID_PATTERN, "maxLength": MAX_ID},
                "example": A_KEY,
            }


def _query(operation: Operation) -> Iterator[dict[str, Any]]:
    told = query_properties(operation.query)
    if operation.lists:
        told |= query_properties(Segments)
    for name, schema in told.items():
        about = schema.pop("description", "") or _filter(name, schema)
        yield {"name": name, "in": "query", "description": about, "schema": schema}


def _filter(name: str, schema: dict[str, Any]) -> str:
    """What a parameter does that says nothing of itself: those of lists narrow them."""
    if name == "sort":
        return SORT
    if schema.get("type") == "array":
        return f"Only what has one of these as its {name}; it may be given several times."
    return f"Only what has this {name}."


def _headers(operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.method == "POST" and table_of(operation):
        yield _header("Idempotency-Key", RETRY, RETRY_KEY, 257)
    if operation.method == "GET" and operation.tagged:
        yield _header("If-None-Match", "Answer 304 where it still has this ETag.", TAGS)
    if operation.method in CONDITIONAL:
        yield _header("If-Match", "Only where the item still has this ETag.", TAGS)
        yield _header("If-None-Match", "Only where the item does not have this ETag.", TAGS)


def _header(name: str, about: str, pattern: str, most: int = MAX_HEADER) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern, "maxLength": most}
    return {"name": name, "in": "header", "description": about, "schema": schema}
