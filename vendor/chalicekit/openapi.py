"""The OpenAPI 3.1 document, made from the views and their models. Nothing of it is written by hand.

Only a view that asks for the document imports this module: it is no part of a cold start.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

from chalice.app import Chalice

from .examples import Examples, NoExample
from .fields import LIKE
from .links import Named, links
from .operation import Operation
from .parameters import parameters
from .response_headers import headers
from .responses import Responses
from .schemas import Schemas
from .trust import Trust

BEARER = "bearer"
VERSION = "1"  # of the contract, which only grows: what would break clients is another API
ABOUT = """\
Errors are problems (RFC 9457) of one shape, with a `code` from a closed list: `/errors` explains
each.

Lists come in pages: `next_cursor`, and the header Link, lead to the next one.

An item has an ETag. Sent back as If-Match, it makes a change safe: where somebody else was faster,
the answer is a 412, and `current` in it is the item as it now is.

A create that carries an Idempotency-Key can be sent again, and is done once.

Every path takes OPTIONS, and HEAD where it takes GET.

Clients ignore members that they do not know: there may be more of them one day.
"""
OTHERS = """
Served, too, but not described, because they take any path or any method: {}.
"""


def document(
    app: Chalice, prefix: str = "", taken: Iterable[str] = (), trust: Trust | None = None
) -> dict[str, Any]:
    """Describe every view with types, but those of all methods or of a greedy path.

    `prefix` is the path before the API, such as `/dev`; `taken` the members whose values are
    unique, each of which has a problem code; `trust` is whose tokens are asked for, None where none
    are. Raises TypeError where two views have one name.
    """
    found = _distinct(operations(app))
    schemas = Schemas([operation for _, operation in found], taken)
    paths, problems = _paths(found, schemas, trust)
    about = ABOUT + _others(app, paths)
    made = {
        "openapi": "3.1.0",
        "info": {"title": app.app_name, "version": VERSION, "description": about},
        "servers": [{"url": prefix or "/"}],
        "tags": _tags(found),
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": problems,
            "headers": headers([paths, problems]),
            "securitySchemes": {BEARER: _bearer(trust)},
        },
    }
    return {name: _without(LIKE, part) for name, part in made.items()}


def operations(app: Chalice) -> Iterator[Named]:
    """The operations that the document describes, each with its view's name."""
    for methods in app.routes.values():
        for entry in methods.values():
            operation = getattr(entry.view_function, "operation", None)
            if operation and not operation.greedy:
                yield entry.view_name, operation


def _paths(
    found: Sequence[Named], schemas: Schemas, trust: Trust | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The operations by path and method, and the problems that they refer to."""
    examples = Examples(schemas.components)
    items = {one.path: one.result for _, one in found if one.stored and one.method != "POST"}
    answers = Responses(schemas, examples, items)
    paths: dict[str, dict[str, Any]] = {}
    for name, operation in found:
        described = _operation(name, operation, schemas, examples)
        described["responses"] = answers.of(operation)
        if further := links(operation, found):
            described["responses"][str(operation.status)]["links"] = further
        described["security"] = _security(operation.scope, trust)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return paths, answers.components


def _others(app: Chalice, described: Container[str]) -> str:
    """The routes that the document has no operations of, as a sentence; "" where there are none."""
    others = sorted(path for path in app.routes if path not in described)
    return OTHERS.format(", ".join(f"`{path}`" for path in others)) if others else ""


def _distinct(found: Iterable[Named]) -> list[Named]:
    """The operations, whose names clients make functions of. Raises TypeError."""
    named: dict[str, Operation] = {}
    for name, operation in found:
        if other := named.get(name):
            both = " and ".join(f"{one.method} {one.path}" for one in (other, operation))
            raise TypeError(
                f"{both} are both {name} to clients: give one of the views another name"
            )
        named[name] = operation
    return [*named.items()]


def _operation(
    name: str, operation: Operation, schemas: Schemas, examples: Examples
) -> dict[str, Any]:
    summary, _, rest = (inspect.getdoc(operation.view) or name.replace("_", " ")).partition(". ")
    described: dict[str, Any] = {
        "operationId": name,
        "tags": [operation.feature],
        "summary": summary.strip().removesuffix("."),
    }
    if rest:
        described["description"] = " ".join(rest.split())
    if told := parameters(operation):
        described["parameters"] = told
    if operation.body:
        content = dict.fromkeys(operation.accepts, _body(operation, schemas, examples))
        described["requestBody"] = {"required": True, "content": content}
    return described


def _body(operation: Operation, schemas: Schemas, examples: Examples) -> dict[str, Any]:
    schema = schemas.of_body(operation)
    key = operation.key if operation.stored else ""
    try:
        example = examples.sent(schema, key=key, patch=operation.patch)
    except NoExample:
        return {"schema": schema}
    return {"schema": schema, "example": example}


def _tags(found: Sequence[Named]) -> list[dict[str, str]]:
    modules = {one.feature: sys.modules[one.view.__module__] for _, one in found}
    return [
        {"name": name, "description": (inspect.getdoc(module) or name).partition("\n\n")[0]}
        for name, module in modules.items()
    ]


def _security(scope: str | None, trust: Trust | None) -> list[dict[str, list[str]]]:
    """What an operation asks for, as the issuer names it; `{}` where nobody is asked."""
    if scope is None:
        return []
    prefix = trust.scope_prefix if trust else ""
    asked = {BEARER: [prefix + scope] if scope else []}
    return [asked] if trust else [asked, {}]


def _bearer(trust: Trust | None) -> dict[str, Any]:
    about = f"A token of {trust.issuer}" if trust else "A token; this stage asks for none"
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": f"{about}. It is checked as RFC8725 asks; each operation names the scope"
        " that it must have.",
    }


def _without(name: str, value: Any) -> Any:
    """A document without the members of a name, however deep."""
    if isinstance(value, list):
        return [_without(name, one) for one in value]
    if isinstance(value, dict):
        return {key: _without(name, one) for key, one in value.items() if key != name}
    return value
