"""The responses of operations, for OpenAPI: what is given, and each problem with its codes.

Problems that are alike are one component, named by its status and codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import refusals, response_headers, validation
from .answers import JSON_TYPE, PROBLEM_TYPE
from .examples import Examples, NoExample
from .operation import HTML, LINES_TYPE, Operation
from .problems import CATALOGUE, BadBody, Problem, Taken
from .schemas import Schema, Schemas, ref

REQUEST_ID = "0d8bb59a-1f73-4f0f-9f57-b5d1e27a4ea6"
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
        done["headers"] = response_headers.of_done(operation)
        if operation.media:
            done["content"] = {kind: _media(kind) for kind in operation.media.types}
        elif operation.status != 204:
            done["content"] = {JSON_TYPE: self._shown(self._schemas.of_result(operation))}
        if operation.lists:
            done["content"][LINES_TYPE] = self._shown(self._schemas.of_lines(operation))
        found = {str(operation.status): done}
        if operation.method == "GET" and operation.tagged:
            found["304"] = _bare(UNCHANGED, ["ETag", "Cache-Control"])
        if operation.media and operation.media.redirects:
            found["302"] = _bare(ELSEWHERE, ["Location", "Cache-Control"])
        if operation.form:
            found["303"] = _bare(PAGE, ["Location", "Cache-Control"])
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
        content = {PROBLEM_TYPE: {"schema": schema, "examples": examples}}
        if operation.form:
            names.append("page")
            content[HTML] = _media(HTML)
        self.components[".".join(names)] = {
            "description": "\n".join(f"- `{code}`: {about}" for code, about in codes.items()),
            "headers": response_headers.of_problem(status),
            "content": content,
        }
        return ref("responses", ".".join(names))

    def _current(self, schema: Schema) -> dict[str, Any]:
        try:
            return {"current": self._examples.answered(schema)}
        except NoExample:
            return {}


def _bare(about: str, names: Iterable[str]) -> Schema:
    return {"description": about, "headers": response_headers.refs(names)}


def _media(kind: str) -> Schema:
    """What holds text of a type, or bytes, of which OpenAPI says nothing more."""
    if kind == HTML:
        return {"schema": {"type": "string"}, "example": "<!doctype html>"}
    return {}


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
