"""Every answer that a test on moto gets is one that the OpenAPI document names, or the test fails.

So no status, content type or problem code that any test brings about can be missing there.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

import requests
from chalice.app import Chalice

from chalicekit import greedy, openapi
from chalicekit.answers import PROBLEM_TYPE
from chalicekit.table import unique_members
from tests.openapi.document import codes_of, resolved
from tests.resources import Json

# Of the server before the API, to what is no good HTTP: whatever was asked.
BEFORE = {"bad_request", "body_too_large", "timeout"}


def keep(response: requests.Response) -> None:
    """Hold an answer of the app to its document. What has no operation is promised nothing."""
    app, method = _app(), str(response.request.method)
    path = response.request.path_url.partition("?")[0]
    found = greedy.for_method(method, path, app.routes)
    name = "get" if method == "HEAD" else method.lower()
    described = _document()["paths"].get(found[0], {}).get(name) if found else None
    if described:
        _compare(described["responses"], response, f"{method} {found and found[0]}")


def _compare(responses: Json, response: requests.Response, asked: str) -> None:
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    code = response.json()["code"] if kind == PROBLEM_TYPE and response.content else ""
    if code in BEFORE:
        return
    answer = f"{response.status_code} {code}".strip()
    assert str(response.status_code) in responses, f"{asked}: the document names no {answer}"
    content = resolved(_document(), responses[str(response.status_code)]).get("content", {})
    if response.content:
        assert {kind, "*/*"} & {*content}, f"{asked}: of {answer}, the document names no {kind}"
    if code:
        assert code in codes_of(content), f"{asked}: the document names no {answer}"


@cache
def _document() -> Json:
    return openapi.document(_app(), taken=unique_members())


def _app() -> Chalice:
    app: Chalice = import_module("app").app
    return app
