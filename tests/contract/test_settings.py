"""What a stage's settings change; on moto, since they belong to the app's own process."""

from collections.abc import Callable

import pytest

from tests.contract.client import Api, assert_problem
from tests.contract.test_cors import TAKEN, names, preflight, varies
from tests.engines import free_port

pytestmark = [pytest.mark.in_process, pytest.mark.tables]

Configure = Callable[..., None]
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
    api: Api, configure: Configure, auth: str | None, stage: str
) -> None:
    configure(AUTH=auth, STAGE=stage)
    headers = {"Origin": LOCAL}
    for response in (
        api.send("GET", api.resource.path, headers=headers),
        api.post(api.resource.sample(), headers),
        api.get("missing", headers),
        api.delete("missing", headers),
        api.send("PUT", api.resource.path, headers=headers),
        api.send("GET", "/nope/two", headers=headers),
        api.send("GET", "/", headers=headers),
        api.send("GET", "/health", headers=headers),
    ):
        assert_problem(response, 503, "not_configured")
    assert preflight(api, api.resource.path, LOCAL).status_code == 204
    assert preflight(api, "/nope/two", LOCAL).status_code == 204


def test_several_origins(api: Api, configure: Configure) -> None:
    ours = ["https://a.example", "https://b.example:8443"]
    configure(ORIGINS=", ".join(ours))
    for origin in ours:
        for response in (preflight(api, "/users", origin), api.get("x", {"Origin": origin})):
            assert response.headers["Access-Control-Allow-Origin"] == origin
            assert "origin" in varies(response)
    for origin in ("https://a.example.evil", "https://b.example", "http://a.example", LOCAL):
        for response in (preflight(api, "/users", origin), api.get("x", {"Origin": origin})):
            assert "Access-Control-Allow-Origin" not in response.headers
            assert "origin" in varies(response)


def test_every_origin(api: Api, configure: Configure) -> None:
    configure(ORIGINS="*")
    item = api.made()
    for response in (
        preflight(api, "/users", "https://any.example"),
        api.send("GET", "/users", headers={"Origin": "https://any.example"}),
        api.get(item[api.resource.key]),
        api.get("missing"),
    ):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_credentials(api: Api, configure: Configure) -> None:
    configure(ORIGINS="https://a.example", CORS_CREDENTIALS="true")
    ours, others = ({"Origin": f"https://{name}.example"} for name in "ab")
    for response in (api.get("missing", ours), preflight(api, "/users", ours["Origin"])):
        assert response.headers["Access-Control-Allow-Origin"] == ours["Origin"]
        assert response.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Access-Control-Allow-Origin" not in api.get("missing", others).headers


def test_credentials_for_every_origin_are_refused(api: Api, configure: Configure) -> None:
    configure(ORIGINS="*", CORS_CREDENTIALS="true")
    response = api.query()
    assert_problem(response, 503, "not_configured")
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_more_request_headers(api: Api, configure: Configure) -> None:
    configure(CORS_HEADERS="X-Tenant, X-Trace")
    response = preflight(api, "/users", LOCAL)
    assert names(response, "Access-Control-Allow-Headers") == TAKEN | {"X-Tenant", "X-Trace"}


def test_dynamodb_is_away(api: Api, configure: Configure) -> None:
    key = api.made()[api.resource.key]
    configure(AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{free_port()}")
    assert api.send("GET", "/health").status_code == 200
    assert_problem(api.send("GET", "/health?deep=1"), 503, "unavailable")
    assert_problem(api.get(key), 503, "unavailable")
