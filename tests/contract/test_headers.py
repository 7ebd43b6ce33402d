"""Headers of every answer: caching, sniffing, request ids."""

import re
from typing import Any

import pytest
import requests

from tests.contract.client import Api, assert_problem


def answers(api: Api) -> list[requests.Response]:
    """One answer of each kind."""
    item = api.made()
    key = item[api.resource.key]
    return [
        api.post(api.resource.sample()),
        api.get(key),
        api.get(key, {"If-None-Match": "*"}),
        api.put(key, api.resource.sample()),
        api.patch(key, {}),
        api.query(),
        api.send("HEAD", api.path(key)),
        api.send("OPTIONS", api.path(key)),
        api.get("missing"),
        api.post({}),
        api.post_bytes(b"{"),
        api.post_bytes(b"{}", "text/plain"),
        api.post_bytes(b" " * 70_000),
        api.send("DELETE", api.resource.path),
        api.send("GET", "/nope/two/three"),
        api.send("OPTIONS", "/nope/two/three"),
        api.query(limit="0"),
        api.send("GET", "/"),
        api.send("GET", "/health"),
        api.send("GET", "/openapi.json"),
        api.send("GET", "/errors"),
        api.delete(key),
    ]


def test_every_answer_has_them(api: Api) -> None:
    seen = []
    for response in answers(api):
        about = (response.request.method, response.url, response.status_code)
        assert response.headers["X-Content-Type-Options"] == "nosniff", about
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", response.headers["X-Request-Id"]), about
        seen.append(response.headers["X-Request-Id"])
    assert len(set(seen)) == len(seen)


def test_one_item_may_be_kept_but_must_be_asked_for(api: Api) -> None:
    key = api.made()[api.resource.key]
    for response in (
        api.post(api.resource.sample()),
        api.get(key),
        api.send("HEAD", api.path(key)),
        api.put(key, api.resource.sample()),
        api.patch(key, {}),
    ):
        assert response.headers["Cache-Control"] == "private, no-cache"


def test_lists_are_not_kept(api: Api) -> None:
    item = api.made()
    key = (api.resource.key, item[api.resource.key])
    for response in (api.query(), api.query(sort="created_at"), api.query(key)):
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Type"] == "application/json"
        assert "ETag" not in response.headers


@pytest.mark.parametrize("given", ["x", "A.b_c-9", "0" * 128])
def test_a_request_id_is_taken(api: Api, given: str) -> None:
    headers = {"X-Request-Id": given}
    made = api.post(api.resource.sample(), headers)
    assert made.headers["X-Request-Id"] == given
    missing = api.get("missing", headers)
    assert assert_problem(missing, 404, "not_found")["instance"] == f"urn:request:{given}"
    assert api.send("GET", "/nope/two", headers=headers).headers["X-Request-Id"] == given
    assert api.send("OPTIONS", "/users", headers=headers).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<b>", "a,b", b"\xe9", "a\tb", "a/b"])
def test_a_request_id_of_another_shape_is_not_taken(api: Api, given: Any) -> None:
    response = api.get("missing", {"X-Request-Id": given})
    text = given.decode("latin-1") if isinstance(given, bytes) else given
    assert response.headers["X-Request-Id"] not in ("", text)
    assert_problem(response, 404, "not_found")
