"""Calls to one resource of a target, and the one assertion of what a problem looks like."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from tests.resources import Json, Resource
from tests.targets import Target

Headers = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Api:
    """One resource of a target. Every call returns the answer, whatever its status."""

    target: Target
    resource: Resource

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        return send(self.target, method, path, **options)

    def path(self, key: str) -> str:
        return f"{self.resource.path}/{key}"

    def query(self, *pairs: tuple[str, str], **params: Any) -> requests.Response:
        if "sort" in params and "cursor" not in params:
            time.sleep(self.target.lag)
        return self.send("GET", self.resource.path, params=[*pairs, *params.items()])

    def post(self, body: Any, headers: Headers | None = None) -> requests.Response:
        return self.send("POST", self.resource.path, json=body, headers=headers)

    def post_bytes(self, data: bytes, type: str | None = "application/json") -> requests.Response:
        headers = {} if type is None else {"Content-Type": type}
        return self.send("POST", self.resource.path, data=data, headers=headers)

    def get(self, key: str, headers: Headers | None = None) -> requests.Response:
        return self.send("GET", self.path(key), headers=headers)

    def put(self, key: str, body: Any, headers: Headers | None = None) -> requests.Response:
        return self.send("PUT", self.path(key), json=body, headers=headers)

    def patch(self, key: str, body: Any, headers: Headers | None = None) -> requests.Response:
        return self.send("PATCH", self.path(key), json=body, headers=headers)

    def delete(self, key: str, headers: Headers | None = None) -> requests.Response:
        return self.send("DELETE", self.path(key), headers=headers)

    def made(self, **members: Any) -> Json:
        """A new item, made through the API: the sample with these members."""
        response = self.post(self.resource.sample() | members)
        assert response.status_code == 201, response.text
        return body_of(response)

    def shown(self, key: str) -> Json:
        """The item as GET shows it."""
        response = self.get(key)
        assert response.status_code == 200, response.text
        return body_of(response)

    def page(self, *pairs: tuple[str, str], **params: Any) -> Json:
        response = self.query(*pairs, **params)
        assert response.status_code == 200, response.text
        return body_of(response)

    def walk(self, **params: Any) -> Iterator[Json]:
        """The pages of a list, to its end."""
        cursor: Json = {}
        for _ in range(10_000):
            page = self.page(**params, **cursor)
            yield page
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}
        raise AssertionError("the walk does not end")

    def walked(self, **params: Any) -> list[Json]:
        """Every item of a list, in its order."""
        return [item for page in self.walk(**params) for item in page["items"]]

    def empty(self) -> None:
        """Remove every item, past the API."""
        self.target.clear(self.resource.table, self.resource.key)


def send(target: Target, method: str, path: str, **options: Any) -> requests.Response:
    """Send to a path below the base URL, exactly as it is written: nothing is re-encoded."""
    session, url = target.session, target.base_url
    params = options.pop("params", None)
    prepared = session.prepare_request(requests.Request(method, url, params=params, **options))
    query = urlsplit(prepared.url or "").query
    prepared.url = url + path + (f"?{query}" if query else "")
    return session.send(prepared, timeout=30, allow_redirects=False)


def body_of(response: requests.Response) -> Json:
    body: Json = response.json()
    return body


def assert_empty(api: Api, response: requests.Response, status: int) -> None:
    """Assert an answer without a body. API Gateway gives each a Content-Type: its own, if none."""
    assert (response.status_code, response.content) == (status, b"")
    kind = response.headers.get("Content-Type")
    assert kind is None or (api.target.gateway and kind == "application/json")


def etag_of(response: requests.Response) -> str:
    """The ETag without its quotes."""
    value = response.headers["ETag"]
    assert (value[0], value[-1]) == ('"', '"'), value
    return value[1:-1]


def assert_problem(
    response: requests.Response, status: int, code: str, errors: Json | None = None
) -> Json:
    """Assert the one shape that every error has; gives its body.

    `errors` maps a place to a code, `{"/email": "required", "limit": "invalid"}`: a JSON Pointer,
    or the name of a query parameter or header. All of them must be there, and no others.
    """
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    body = body_of(response)
    required = {"type", "title", "status", "code", "detail", "instance"}
    assert required <= set(body) <= required | {"errors", "current"}, body
    assert (body["status"], body["code"]) == (status, code), body
    assert body["instance"] == f"urn:request:{response.headers['X-Request-Id']}"
    assert urlsplit(body["type"]).fragment == code
    assert urlsplit(urljoin(response.url, body["type"])).path.endswith("/errors")
    assert all(isinstance(body[text], str) and body[text] for text in ("title", "detail"))
    assert (status in (429, 503)) == ("Retry-After" in response.headers)
    assert {place(error): error["code"] for error in body.get("errors", [])} == (errors or {})
    if origin := response.request.headers.get("Origin"):
        assert response.headers["Access-Control-Allow-Origin"] == origin
    return body


def place(error: Json) -> str:
    """Where one entry of `errors` points; asserts its shape."""
    kinds = {"pointer", "parameter", "header"} & set(error)
    assert set(error) == kinds | {"code", "params", "detail"}, error
    (kind,) = kinds
    assert isinstance(error["params"], dict)
    assert isinstance(error["detail"], str)
    assert error["detail"]
    where: str = error[kind]
    return where
