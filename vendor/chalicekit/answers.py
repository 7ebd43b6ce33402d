"""From what a view gives to an HTTP answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from chalice.app import Response
from pydantic import BaseModel

from .call import Call
from .etags import read_tags, weak
from .fields import Page, Stored
from .operation import MERGE_PATCH, Operation
from .problems import BadHeader, Problem

Headers = dict[str, str | list[str]]

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"


def render(operation: Operation, result: Any, call: Call) -> Response:
    """The answer to a view's result."""
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(body="", status_code=204)
    if isinstance(result, Stored):
        return _item(operation, result, call)
    if isinstance(result, Page):
        return _page(result, call)
    if operation.tagged:
        kept: Headers = {"Content-Type": JSON_TYPE, "Cache-Control": "no-cache"}
        return tagged(json_text(result), kept, call)
    headers: Headers = {"Content-Type": JSON_TYPE, "Cache-Control": "no-store"}
    return Response(json_text(result), headers, operation.status)


def options(allowed: Sequence[str], *, patch: bool) -> Response:
    """The answer to OPTIONS; `api.complete` adds the preflight's headers."""
    headers: Headers = {"Allow": ", ".join(allowed)}
    if patch:
        headers["Accept-Patch"] = ", ".join(MERGE_PATCH)
    return Response(body="", headers=headers, status_code=204)


def problem(problem: Problem, call: Call) -> Response:
    """An error as RFC 9457 problem details."""
    headers: Headers = {"Content-Type": PROBLEM_TYPE, "Cache-Control": "no-store"}
    headers |= problem.headers
    return Response(
        json_text(problem.document(call.request_id, call.prefix)), headers, problem.status
    )


def json_text(value: Any) -> str:
    """JSON straight from models; Decimals are strings, text is UTF-8."""
    if isinstance(value, BaseModel):
        # Without warnings: items written by hand hold null where the model says text.
        return value.__pydantic_serializer__.to_json(value, warnings=False).decode()
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.__pydantic_serializer__.to_python(value, mode="json", warnings=False)
    return str(value)


def _item(operation: Operation, item: Stored, call: Call) -> Response:
    headers: Headers = {"ETag": f'"{item.etag}"', "Cache-Control": "private, no-cache"}
    if operation.method == "GET" and unchanged(call, item.etag):
        return Response(body="", headers=headers, status_code=304)
    if operation.method == "POST":
        headers["Location"] = f"{_place(call)}/{getattr(item, operation.key)}"
        if call.replayed:
            headers["Idempotent-Replayed"] = "true"
    return Response(json_text(item), headers | {"Content-Type": JSON_TYPE}, operation.status)


def tagged(text: str, headers: Headers, call: Call) -> Response:
    """A text with a hash of itself as its ETag: who asks again is told that nothing has changed.

    The hash is of the headers, too: with a 304, a browser goes on with those that it has kept.
    """
    etag = sha256(f"{headers}\n{text}".encode()).hexdigest()[:32]
    headers |= {"ETag": f'"{etag}"'}
    if unchanged(call, etag):
        del headers["Content-Type"]
        return Response(body="", headers=headers, status_code=304)
    return Response(text, headers)


def unchanged(call: Call, etag: str) -> bool:
    """Whether If-None-Match says that the client has this."""
    value = call.headers.get("if-none-match")
    if value is None:
        return False
    try:
        return weak(read_tags(value, "If-None-Match"), etag)
    except BadHeader:
        return False  # a cache's header that cannot be read only costs the body


def _page(page: Page[Any], call: Call) -> Response:
    headers: Headers = {"Content-Type": JSON_TYPE, "Cache-Control": "no-store", "Vary": "Accept"}
    items = ",".join(map(json_text, page.items))
    body = f'{{"items":[{items}],"next_cursor":{json.dumps(page.next_cursor)}}}'
    return Response(body, headers | further(page.next_cursor, call))


def further(cursor: str | None, call: Call) -> Headers:
    """The header that leads to what follows in a list; none where nothing does."""
    if cursor is None:
        return {}
    kept = [(name, value) for name, values in call.query.items() for value in values]
    pairs = [pair for pair in kept if pair[0] != "cursor"] + [("cursor", cursor)]
    return {"Link": f'<{_place(call)}?{urlencode(pairs)}>; rel="next"'}


def _place(call: Call) -> str:
    """Where the client called, without the slash that may stand at its end."""
    return call.prefix + call.path.rstrip("/")
