"""What a stage's settings change; on moto, since they belong to the app's own process."""

import pytest

from tests.contract.client import Api, assert_problem
from tests.contract.test_cors import TAKEN, names, preflight, varies
from tests.targets import Configure

pytestmark = pytest.mark.configures

LOCAL = "http://localhost:3000"


def test_writes_without_if_match(api: Api, configure: Configure) -> None:
    configure(REQUIRE_IF_MATCH="true")
    item = api.made()
    key, body = item[api.resource.key], api.resource.sample()
    for response in (api.put(key, body), api.patch(key, {}), api.delete(key)):
        assert_problem(response, 428, "if_match_required")
    assert api.shown(key) == item
    etag = {"If-Match": f'"{item["etag"]}"'}
    changed = api.patch(key, {api.resource.text: "Changed"}, etag)
    assert changed.status_code == 200, changed.text
    by_body = api.put(key, body | {"etag": changed.json()["etag"]})
    assert by_body.status_code == 200, by_body.text
    assert api.delete(key, {"If-Match": "*"}).status_code == 204


@pytest.mark.parametrize("auth", [None, "", "None of that", "true"])
@pytest.mark.parametrize("stage", ["local", "prod"])
def test_a_stage_without_authentication(
    users: Api, configure: Configure, auth: str | None, stage: str
) -> None:
    configure(AUTH=auth, STAGE=stage, AUTH_ISSUER=None)
    headers = {"Origin": LOCAL}
    for response in (
        users.send("GET", users.resource.path, headers=headers),
        users.post(users.resource.sample(), headers),
        users.get("missing", headers),
        users.delete("missing", headers),
        users.send("PUT", users.resource.path, headers=headers),
        users.send("GET", "/nope/two", headers=headers),
        users.send("GET", "/", headers=headers),
        users.send("GET", "/health", headers=headers),
    ):
        assert_problem(response, 503, "not_configured")
    assert preflight(users, users.resource.path, LOCAL).status_code == 204
    assert preflight(users, "/nope/two", LOCAL).status_code == 204


def test_several_origins(users: Api, configure: Configure) -> None:
    ours = ["https://a.example", "https://b.example:8443"]
    configure(ORIGINS=", ".join(ours))
    for origin in ours:
        for response in (preflight(users, "/users", origin), users.get("x", {"Origin": origin})):
            assert response.headers["Access-Control-Allow-Origin"] == origin
            assert "origin" in varies(response)
    for origin in ("https://a.example.evil", "https://b.example", "http://a.example", LOCAL):
        for response in (preflight(users, "/users", origin), users.get("x", {"Origin": origin})):
            assert "Access-Control-Allow-Origin" not in response.headers
            assert "origin" in varies(response)


def test_every_origin(users: Api, configure: Configure) -> None:
    configure(ORIGINS="*")
    item = users.made()
    for response in (
        preflight(users, "/users", "https://any.example"),
        users.send("GET", "/users", headers={"Origin": "https://any.example"}),
        users.get(item[users.resource.key]),
        users.get("missing"),
    ):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_credentials(users: Api, configure: Configure) -> None:
    configure(ORIGINS="https://a.example", CORS_CREDENTIALS="true")
    ours, others = ({"Origin": f"https://{name}.example"} for name in "ab")
    for response in (users.get("missing", ours), preflight(users, "/users", ours["Origin"])):
        assert response.headers["Access-Control-Allow-Origin"] == ours["Origin"]
        assert response.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Access-Control-Allow-Origin" not in users.get("missing", others).headers


def test_credentials_for_every_origin_are_refused(users: Api, configure: Configure) -> None:
    configure(ORIGINS="*", CORS_CREDENTIALS="true")
    response = users.query()
    assert_problem(response, 503, "not_configured")
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_more_request_headers(users: Api, configure: Configure) -> None:
    configure(CORS_HEADERS="X-Tenant, X-Trace")
    response = preflight(users, "/users", LOCAL)
    assert names(response, "Access-Control-Allow-Headers") == TAKEN | {"X-Tenant", "X-Trace"}


def test_an_unknown_path_is_unknown_whatever_is_asked(users: Api, configure: Configure) -> None:
    configure(REQUIRE_IF_MATCH="true")
    for headers in ({}, {"If-Match": '"'}, {"Idempotency-Key": "a b"}):
        for method in ("PUT", "PATCH", "DELETE", "POST"):
            response = users.send(method, "/nowhere/at/all?x=1", headers=headers)
            assert_problem(response, 404, "route_not_found")


@pytest.mark.parametrize("origins", ["https://a.example/", "a.example", "https://a.example/b"])
def test_an_origin_that_is_none(users: Api, configure: Configure, origins: str) -> None:
    configure(ORIGINS=origins)
    assert_problem(users.send("GET", users.resource.path), 503, "not_configured")
