"""CORS: the same on every answer, for the origins of the local stage's settings."""

import pytest
import requests

from tests.contract.client import Api, assert_problem

pytestmark = pytest.mark.ours

ALLOWED = [
    "http://localhost:3000",
    "http://localhost:5173",
    "http://127.0.0.1:8080",
    "http://localhost:65535",
]
FOREIGN = [
    "https://evil.example",
    "http://localhost.evil.example",
    "http://localhost:3000.evil.example",
    "http://localhost:3000@evil.example",
    "http://evil.example:3000",
    "http://xlocalhost:3000",
    "http://127.0.0.10:3000",
    "https://localhost:3000",
    "http://localhost:",
    "http://localhost:abc",
    "http://localhost:3000/",
    "HTTP://LOCALHOST:3000x",
    "null",
    "*",
    "",
]
EXPOSED = {
    "ETag",
    "Location",
    "Link",
    "Retry-After",
    "Allow",
    "Accept-Patch",
    "Idempotent-Replayed",
    "X-Request-Id",
    "WWW-Authenticate",
    "RateLimit",
    "RateLimit-Policy",
}
TAKEN = {
    "Authorization",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
    "X-Request-Id",
}
PATHS = {
    "/users": {"GET", "HEAD", "POST"},
    "/users/7": {"GET", "HEAD", "PUT", "PATCH", "DELETE"},
    "/wares": {"GET", "HEAD", "POST"},
    "/wares/7": {"GET", "HEAD", "PUT", "PATCH", "DELETE"},
    "/": {"GET", "HEAD"},
    "/health": {"GET", "HEAD"},
    "/openapi.json": {"GET", "HEAD"},
    "/errors": {"GET", "HEAD"},
}


def names(response: requests.Response, header: str) -> set[str]:
    return {name.strip() for name in response.headers[header].split(",") if name.strip()}


def varies(response: requests.Response) -> set[str]:
    return {name.lower() for name in names(response, "Vary")}


def preflight(api: Api, path: str, origin: str, method: str = "PATCH") -> requests.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type,if-match",
    }
    return api.send("OPTIONS", path, headers=headers)


@pytest.mark.parametrize("origin", ALLOWED)
def test_an_origin_of_ours(api: Api, origin: str) -> None:
    headers = {"Origin": origin}
    made = api.post(api.resource.sample(), headers)
    key = made.json()[api.resource.key]
    for response in (
        made,
        api.get(key, headers),
        api.get(key, headers | {"If-None-Match": "*"}),
        api.send("HEAD", api.path(key), headers=headers),
        api.send("GET", api.resource.path, headers=headers),
        api.send("GET", "/health", headers=headers),
        api.send("GET", "/", headers=headers),
        api.send("HEAD", "/nope/two", headers=headers),
        api.delete(key, headers),
    ):
        assert response.headers["Access-Control-Allow-Origin"] == origin
        assert names(response, "Access-Control-Expose-Headers") == EXPOSED
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "origin" in varies(response)


def test_errors_can_be_read_by_a_page(api: Api) -> None:
    headers = {"Origin": ALLOWED[0]}
    key = api.made()[api.resource.key]
    assert_problem(api.get("missing", headers), 404, "not_found")
    assert_problem(api.send("GET", "/nope", headers=headers), 404, "route_not_found")
    assert_problem(api.send("GET", "/a/b/c", headers=headers), 404, "route_not_found")
    refused = api.send("PUT", api.resource.path, headers=headers)
    assert_problem(refused, 405, "method_not_allowed")
    large = api.send("POST", api.resource.path, data=b" " * 70_000, headers=headers)
    assert_problem(large, 413, "body_too_large")
    plain = headers | {"Content-Type": "text/plain"}
    assert_problem(api.post({}, plain), 415, "media_type_unsupported")
    broken = api.send("POST", api.resource.path, data=b"{", headers=headers)
    assert_problem(broken, 400, "invalid_json")
    errors = {f"/{name}": "required" for name in api.resource.required}
    assert_problem(api.post({}, headers), 422, "invalid_body", errors)
    assert_problem(api.patch(key, {}, headers | {"If-Match": "x"}), 412, "stale")


@pytest.mark.parametrize("origin", FOREIGN)
def test_an_origin_of_others(users: Api, origin: str) -> None:
    for response in (
        users.post(users.resource.sample(), {"Origin": origin}),
        users.get("missing", {"Origin": origin}),
        preflight(users, "/users", origin),
        preflight(users, "/nope/two", origin),
    ):
        assert "Access-Control-Allow-Origin" not in response.headers
        assert "origin" in varies(response)


def test_no_origin(api: Api) -> None:
    response = api.query()
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "origin" in varies(response)


@pytest.mark.each_counts
@pytest.mark.parametrize("origin", ALLOWED)
@pytest.mark.parametrize(
    "path",
    [pytest.param(p, marks=[pytest.mark.wares] if "wares" in p else [], id=p) for p in PATHS],
)
def test_a_preflight(users: Api, path: str, origin: str) -> None:
    response = preflight(users, path, origin)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert names(response, "Access-Control-Allow-Methods") - {"OPTIONS"} == PATHS[path]
    assert names(response, "Access-Control-Allow-Headers") == TAKEN
    assert response.headers["Access-Control-Max-Age"] == "7200"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "origin" in varies(response)


@pytest.mark.each_counts
@pytest.mark.parametrize("path", ["/nope", "/nope/two/three", "/users/7/8"])
def test_a_preflight_of_an_unknown_path(users: Api, path: str) -> None:
    # The page must get as far as the 404, whatever it wants to send.
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        response = preflight(users, path, ALLOWED[0], method)
        assert (response.status_code, response.content) == (204, b"")
        assert response.headers["Access-Control-Allow-Origin"] == ALLOWED[0]
        assert method in names(response, "Access-Control-Allow-Methods")
        assert names(response, "Access-Control-Allow-Headers") == TAKEN
