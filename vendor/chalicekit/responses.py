"""The responses of operations, for OpenAPI: what is given, and each problem with its codes.

Problems that are alike are one component, named by its status and codes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, get_origin

from . import refusals, validation
from .answers import JSON_TYPE, PROBLEM_TYPE
from .examples import Examples, NoExample
from .fields import Page
from .operation import LINES_TYPE, Operation
from .problems import CATALOGUE, BadBody, Problem, Taken
from .schemas import Schema, Schemas, ref

REQUEST_ID = "0d8bb59a-1f73-4f0f-9f57-b5d1e27a4ea6"
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
DONE = {200: "Done.", 201: "Created.", 204: "Done; there is nothing to show."}
ELSEWHERE = "It is at Location, for minutes."
PAGE = "For a browser that posted a form: the page that says so is at Location."
UNCHANGED = "Not changed since the revision in If-None-Match."


class Responses:
    """The responses of an API; `components` are the problems that were met so far.

    `items` are the models of what stands at a path, by the path.
    """

    def __init__(self, schemas: Schemas, examples: Examples, items: Mapping[str, Any]) -> None:
        self._schemas, self._examples, self._items = schemas, examples, items
        self.components: dict[str, Schema] = {}

    def of(self, operation: Operation) -> dict[str, Schema]:
        """The responses of one operation, by status."""
        return self._fine(operation) | self._refused(operation)

    def _fine(self, operation: Operation) -> dict[str, Schema]:
        done: Schema = {"description": DONE[operation.status]}
        done["headers"] = _refs([*_headers(operation), *COMMON])
        if operation.media:
            done["content"] = {kind: {} for kind in operation.media.types}
        elif operation.status != 204:
            done["content"] = {JSON_TYPE: self._shown(self._schemas.of_result(operation))}
        if operation.lists:
            done["content"][LINES_TYPE] = self._shown(self._schemas.of_lines(operation))
        found = {str(operation.status): done}
        if operation.method == "GET" and operation.tagged:
            found["304"] = _bare(UNCHANGED, ["ETag", "Cache-Control", *COMMON])
        if operation.media and operation.media.redirects:
            found["302"] = _bare(ELSEWHERE, ["Location", "Cache-Control", *COMMON])
        if operation.form:
            found["303"] = _bare(PAGE, ["Location", "Cache-Control", *COMMON])
        return found

    def _shown(self, schema: Schema) -> Schema:
        try:
            return {"schema": schema, "example": self._examples.answered(schema)}
        except NoExample:
            return {"schema": schema}

    def _refused(self, operation: Operation) -> dict[str, Schema]:
        by_status: dict[int, dict[str, str]] = {}
        for code, (status, _, meaning) in refusals.codes(operation).items():
            by_status.setdefault(status, {})[code] = meaning
        return {
            str(status): self._problem(operation, status, codes)
            for status, codes in sorted(by_status.items())
        }

    def _problem(self, operation: Operation, status: int, codes: dict[str, str]) -> Schema:
        """One component of problems; what else it depends on than its codes is in its name."""
        narrowed: Schema = {"code": {"enum": [*codes]}, "status": {"const": status}}
        more: dict[str, dict[str, Any]] = {}
        names = [str(status), *codes]
        if status == 412 and (item := self._items.get(operation.path)):
            schema = self._schemas.of_model(item)
            names.append(item.__name__)
            narrowed["current"] = schema
            more = dict.fromkeys(codes, self._current(schema))
        if status == 422 and operation.body:
            names.append(self._schemas.name_of_body(operation))
            more["invalid_body"] = _wrong(operation)
        examples = {code: {"value": _example(code, more.get(code, {}))} for code in codes}
        schema = {"allOf": [ref("schemas", "Problem"), {"properties": narrowed}]}
        self.components[".".join(names)] = {
            "description": "\n".join(f"- `{code}`: {about}" for code, about in codes.items()),
            "headers": _refs([*OF_STATUS.get(status, ()), "Cache-Control", *COMMON]),
            "content": {PROBLEM_TYPE: {"schema": schema, "examples": examples}},
        }
        return ref("responses", ".".join(names))

    def _current(self, schema: Schema) -> dict[str, Any]:
        try:
            return {"current": self._examples.answered(schema)}
        except NoExample:
            return {}


def headers(described: Any) -> dict[str, Schema]:
    """The components that what is described refers to: without a list, none has a Link."""
    text = json.dumps(described)
    return {
        name: {"description": about, "required": always, "schema": {"type": "string"} | schema}
        for name, (about, schema, always) in HEADERS.items()
        if json.dumps(ref("headers", name)) in text
    }


def _headers(operation: Operation) -> list[str]:
    """The headers of an answer without error, beside those of every answer."""
    names = ["ETag"] if operation.tagged else []
    if operation.status == 201:
        names += ["Location", "Idempotent-Replayed"]
    if get_origin(operation.result) is Page:
        names.append("Link")
    return names if operation.status == 204 else [*names, "Cache-Control"]


def _bare(about: str, names: Iterable[str]) -> Schema:
    return {"description": about, "headers": _refs(names)}


def _refs(names: Iterable[str]) -> Schema:
    return {name: ref("headers", name) for name in names}


def _example(code: str, more: dict[str, Any]) -> dict[str, Any]:
    """A problem as a client gets it."""
    if code not in CATALOGUE:  # of a member whose value can be taken
        return Taken([code.removesuffix("_taken")]).document(REQUEST_ID, "")
    return Problem(code, CATALOGUE[code][2]).document(REQUEST_ID, "") | more


def _wrong(operation: Operation) -> dict[str, Any]:
    """The errors of a body in which every member that must be there is missing, or null."""
    assert operation.body is not None
    required = [name for name, info in operation.body.model_fields.items() if info.is_required()]
    try:
        if operation.patch:
            validation.Patch(operation.body, dict.fromkeys(required))
        else:
            validation.whole(operation.body, {})
    except BadBody as bad:
        return {"errors": bad.errors}
    return {}
