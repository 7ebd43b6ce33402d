"""The OpenAPI 3.1 document, made from the views and their models. Nothing of it is written by hand.

Only a view that asks for the document imports this module: it is no part of a cold start.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from typing import Any, get_origin

from chalice.app import Chalice, Response

from . import settings
from .answers import JSON_TYPE, PROBLEM_TYPE
from .fields import ID_PATTERN, Page
from .operation import Operation
from .problems import CATALOGUE
from .schemas import Schema, Schemas, query_properties, ref
from .table import TABLES
from .trust import Trust

TAG = '"[^"]*"'
# Quoted or bare, as etags.py reads them.
READ = rf'(W/)?({TAG}|[^\s",*]+)'
TAGS = rf"^(\*|[\s,]*{READ}(\s*,[\s,]*{READ})*[\s,]*)$"
KEY = r'^("[!#-~]{1,255}"|[!#-~]{1,255})$'
HEADERS: dict[str, tuple[str, Schema]] = {
    "Accept": ("The media types that a body may have.", {}),
    "Accept-Patch": ("The media types that a patch may have.", {}),
    "ETag": ("The revision of the item, for If-Match and If-None-Match.", {"pattern": f"^{TAG}$"}),
    "Idempotent-Replayed": (
        "An earlier request made it, such as one with the same Idempotency-Key.",
        {"const": "true"},
    ),
    "Link": ('The next page, as rel="next"; absent on the last page.', {}),
    "Location": ("Where it is: the path of a new item, or a URL.", {"format": "uri-reference"}),
    "RateLimit": ("How many requests are left, and when there will be all again.", {}),
    "RateLimit-Policy": ("How many requests a caller may send in how many seconds.", {}),
    "Retry-After": ("Seconds to wait before the next try.", {"pattern": "^[0-9]+$"}),
    "WWW-Authenticate": ("What is wrong with the token, or which scope it lacks (RFC 6750).", {}),
}
OF_STATUS = {
    401: ["WWW-Authenticate"],
    403: ["WWW-Authenticate"],
    412: ["ETag"],
    415: ["Accept", "Accept-Patch"],
    429: ["Retry-After", "RateLimit", "RateLimit-Policy"],
    503: ["Retry-After"],
}
BEARER = "bearer"
DONE = {200: "Done.", 201: "Created.", 204: "Done; there is nothing to show."}
ELSEWHERE = "It is at Location, for minutes."
UNCHANGED = "Not changed since the revision in If-None-Match."


def document(app: Chalice, prefix: str = "", taken: Iterable[str] = ()) -> dict[str, Any]:
    """Describe every operation with types: none of all methods, and no view that makes a Response.

    `prefix` is the path before the API, such as `/dev`; `taken` the members whose values are
    unique, each of which has a problem code.
    """
    found, trust = list(operations(app)), settings.current().trust
    schemas = Schemas([operation for _, operation in found], taken)
    paths: dict[str, dict[str, Any]] = {}
    for name, operation in found:
        described = _operation(name, operation, schemas)
        if operation.scope is not None:
            described["security"] = _security(operation.scope, trust)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    tags = dict.fromkeys(_tag(operation) for _, operation in found)
    return {
        "openapi": "3.1.0",
        "info": {"title": app.app_name, "version": "1"},
        "servers": [{"url": prefix or "/"}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {str(status): _problem(status) for status in _statuses()},
            "headers": {name: _header(*described) for name, described in HEADERS.items()},
            "securitySchemes": {BEARER: _bearer(trust)},
        },
    }


def _security(scope: str, trust: Trust | None) -> list[dict[str, list[str]]]:
    """What an operation asks for, as the issuer names it; `{}` where nobody is asked."""
    prefix = trust.scope_prefix if trust else ""
    asked = {BEARER: [prefix + scope] if scope else []}
    return [asked] if trust else [asked, {}]


def _bearer(trust: Trust | None) -> dict[str, Any]:
    about = f"A token of {trust.issuer}" if trust else "A token; this stage asks for none"
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": f"{about}. Each operation names the scope that it must have.",
    }


def operations(app: Chalice) -> Iterator[tuple[str, Operation]]:
    """The operations that the document describes, each with its view's name."""
    for methods in app.routes.values():
        for entry in methods.values():
            operation = getattr(entry.view_function, "operation", None)
            if operation and not operation.greedy and operation.result is not Response:
                yield entry.view_name, operation


def _operation(name: str, operation: Operation, schemas: Schemas) -> dict[str, Any]:
    summary, _, rest = (inspect.getdoc(operation.view) or name.replace("_", " ")).partition(". ")
    described: dict[str, Any] = {
        "operationId": name,
        "tags": [_tag(operation)],
        "summary": summary.strip().removesuffix("."),
    }
    if rest:
        described["description"] = " ".join(rest.split())
    if parameters := [*_path(operation), *_query(operation), *_request_headers(operation)]:
        described["parameters"] = parameters
    if operation.body:
        types = operation.accepts
        content = {"schema": schemas.of_body(operation)}
        described["requestBody"] = {"required": True, "content": dict.fromkeys(types, content)}
    described["responses"] = _responses(operation, schemas)
    return described


def _tag(operation: Operation) -> str:
    """The module of the view: one a resource or feature."""
    return operation.view.__module__.rpartition(".")[2]


def _path(operation: Operation) -> Iterator[dict[str, Any]]:
    for part in operation.path.split("/"):
        if part.startswith("{"):
            schema = {"type": "string", "pattern": ID_PATTERN}
            yield {"name": part[1:-1], "in": "path", "required": True, "schema": schema}


def _query(operation: Operation) -> Iterator[dict[str, Any]]:
    for name, schema in query_properties(operation.query).items():
        parameter: dict[str, Any] = {"name": name, "in": "query", "schema": schema}
        if description := schema.pop("description", None):
            parameter["description"] = description
        yield parameter


def _request_headers(operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.method == "POST" and _of_a_table(operation):
        about = "Makes it safe to send the request again: within 24 hours it creates one item only."
        yield _request_header("Idempotency-Key", about, KEY)
    if operation.method == "GET" and operation.stored:
        # Without a pattern: one that cannot be read costs no more than the body.
        yield _request_header("If-None-Match", "Answer 304 where the item has this ETag.")
    if _conditional(operation):
        yield _request_header("If-Match", "Only where the item still has this ETag.", TAGS)
        yield _request_header("If-None-Match", "Only where the item does not have this ETag.", TAGS)


def _request_header(name: str, about: str, pattern: str = "") -> dict[str, Any]:
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"name": name, "in": "header", "description": about, "schema": schema}


def _responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    done: dict[str, Any] = {"description": DONE[operation.status]}
    if names := _headers(operation):
        done["headers"] = _refs(names)
    if operation.media:
        done["content"] = {kind: {} for kind in operation.media.types}
    elif operation.status != 204:
        done["content"] = {JSON_TYPE: {"schema": schemas.of_result(operation)}}
    responses = {str(operation.status): done}
    if operation.method == "GET" and operation.stored:
        responses["304"] = {"description": UNCHANGED, "headers": _refs(["ETag"])}
    if operation.media and operation.media.redirects:
        responses["302"] = {"description": ELSEWHERE, "headers": _refs(["Location"])}
    problems = {str(status): ref("responses", str(status)) for status in _refusals(operation)}
    return responses | problems


def _headers(operation: Operation) -> list[str]:
    """The headers that an answer without error may carry, beside those of every answer."""
    names = ["ETag"] if operation.stored else []
    if operation.status == 201:
        names += ["Location", "Idempotent-Replayed"]
    return names + (["Link"] if get_origin(operation.result) is Page else [])


def _refusals(operation: Operation) -> list[int]:
    """The statuses of the problems that it may answer."""
    statuses = {400, 429, 500, 503}
    if operation.scope is not None:
        statuses |= {401, 403}
    if "{" in operation.path:
        statuses.add(404)
    if operation.body:
        statuses |= {409, 413, 415, 422} if operation.stored else {413, 415, 422}
    if _conditional(operation):
        statuses |= {412, 428}
    return sorted(statuses)


def _of_a_table(operation: Operation) -> bool:
    """Whether what it gives is kept in a table, where alone an Idempotency-Key is honoured."""
    return any(operation.result is table.model for table in TABLES)


def _conditional(operation: Operation) -> bool:
    return operation.method in ("PUT", "PATCH", "DELETE")


def _statuses() -> list[int]:
    return sorted({status for status, _, _ in CATALOGUE.values()})


def _problem(status: int) -> dict[str, Any]:
    lines = [
        f"- `{code}`: {meaning}" for code, (its, _, meaning) in CATALOGUE.items() if its == status
    ]
    content = {PROBLEM_TYPE: {"schema": ref("schemas", "Problem")}}
    response: dict[str, Any] = {"description": "\n".join(lines), "content": content}
    if status in OF_STATUS:
        response["headers"] = _refs(OF_STATUS[status])
    return response


def _header(about: str, schema: Schema) -> dict[str, Any]:
    return {"description": about, "schema": {"type": "string"} | schema}


def _refs(names: Iterable[str]) -> dict[str, Any]:
    return {name: ref("headers", name) for name in names}
