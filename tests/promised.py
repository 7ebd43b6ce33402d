"""Every answer that a test on moto gets is one that the OpenAPI document names, or the test fails.

So no status, content type or problem code that any test brings about can be missing there.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

import requests

from chalicekit import openapi
from chalicekit.answers import PROBLEM_TYPE
from chalicekit.table import unique_members
from tests.openapi.document import codes_of, resolved
from tests.resources import Json

# Of the server before the API, to what is no good HTTP: whatever was asked.
BEFORE = {"bad_request", "body_too_large", "timeout"}


def keep(response: requests.Response) -> None:
    """Hold an answer of the app to its document. What has no operation is promised nothing."""
    method = str(response.request.method)
    path = response.request.path_url.partition("?")[0]
    path = path.removesuffix("/") if path.strip("/") else path  # // is another path than /
    document, name = _document()["paths"], "get" if method == "HEAD" else method.lower()
    route = path if path in document else _route(path)
    if name in document.get(route, ()):
        _compare(document[route][name]["responses"], response, f"{method} {route}")


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
    return openapi.document(import_module("app").app, taken=unique_members())


@cache
def _routes() -> list[tuple[str, re.Pattern[str]]]:
    paths = [path for path in _document()["paths"] if "{" in path]
    return [(path, re.compile(re.sub(r"\{\w+\}", "[^/]+", path))) for path in paths]


def _route(path: str) -> str:
    """The route with parameters that serves a path; "" where none does."""
    return next((route for route, pattern in _routes() if pattern.fullmatch(path)), "")
