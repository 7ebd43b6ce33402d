"""The headers of answers, for OpenAPI: each a component that responses refer to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, get_origin

from .fields import Page
from .operation import Operation
from .schemas import Schema, ref

TAG = {"pattern": '^"[^"]*"$', "maxLength": 130}
TEXT = {"maxLength": 8000}
# Each with whether an answer that names it always has it.
HEADERS: dict[str, tuple[str, Schema, bool]] = {
    "Accept": ("The media types that a body may have.", TEXT, False),
    "Accept-Patch": ("The media types that a patch may have.", TEXT, False),
    "Cache-Control": (
        "How long it may be kept; `no-cache` is kept, and asked for again by its ETag (RFC 9111).",
        TEXT,
        True,
    ),
    "ETag": ("Its revision, for If-Match and If-None-Match.", TAG, True),
    "Idempotent-Replayed": (
        "An earlier request made it, such as one with the same Idempotency-Key.",
        {"const": "true"},
        False,
    ),
    "Link": ('The next page, as rel="next"; absent on the last page.', TEXT, False),
    "Location": (
        "Where it is: the path of a new item, or a URL.",
        TEXT | {"format": "uri-reference"},
        True,
    ),
    "RateLimit": ("How many requests are left, where they are counted.", TEXT, False),
    "RateLimit-Policy": ("How many requests a caller may send, and how often.", TEXT, False),
    "Retry-After": ("Seconds to wait before the next try.", {"pattern": "^[0-9]{1,10}$"}, True),
    "WWW-Authenticate": (
        "What is wrong with the token, or which scope it lacks (RFC 6750).",
        TEXT,
        False,  # API Gateway gives it another name
    ),
    "X-Request-Id": ("The name of this request in the log.", TEXT, True),
}
COMMON = ["RateLimit", "RateLimit-Policy", "X-Request-Id"]
OF_STATUS = {
    401: ["WWW-Authenticate"],
    403: ["WWW-Authenticate"],
    412: ["ETag"],
    415: ["Accept", "Accept-Patch"],
    429: ["Retry-After"],
    503: ["Retry-After"],
}


def headers(described: Any) -> dict[str, Schema]:
    """The components that what is described refers to: without a list, none has a Link."""
    text = json.dumps(described)
    return {
        name: {"description": about, "required": always, "schema": {"type": "string"} | schema}
        for name, (about, schema, always) in HEADERS.items()
        if json.dumps(ref("headers", name)) in text
    }


def of_done(operation: Operation) -> dict[str, Schema]:
    """Those of an answer without error."""
    names = ["ETag"] if operation.tagged else []
    if operation.status == 201:
        names += ["Location", "Idempotent-Replayed"]
    if get_origin(operation.result) is Page:
        names.append("Link")
    return refs(names if operation.status == 204 else [*names, "Cache-Control"])


def of_problem(status: int) -> dict[str, Schema]:
    """Those of a problem."""
    return refs([*OF_STATUS.get(status, ()), "Cache-Control"])


def refs(names: Iterable[str]) -> dict[str, Schema]:
    """The headers of these names, and those of every answer."""
    return {name: ref("headers", name) for name in (*names, *COMMON)}
