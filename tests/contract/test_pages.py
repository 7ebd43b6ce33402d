"""What is served beside the resources: the root, health, the OpenAPI document, the errors page."""

from urllib.parse import urljoin

import pytest

from tests.contract.client import Api, body_of

pytestmark = pytest.mark.each_counts

CODES = [
    "invalid_json",
    "invalid_query",
    "invalid_header",
    "cursor_invalid",
    "bad_request",
    "not_found",
    "route_not_found",
    "method_not_allowed",
    "idempotency_key_spent",
    "stale",
    "exists",
    "body_too_large",
    "media_type_unsupported",
    "invalid_body",
    "idempotency_key_reused",
    "if_match_required",
    "internal_error",
    "unavailable",
    "throttled",
    "outcome_unknown",
    "not_configured",
    "id_taken",
    "email_taken",
]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_the_root_is_a_page_for_browsers(users: Api) -> None:
    response = users.send("GET", "/", headers={"Accept": BROWSER})
    assert response.status_code == 200
    assert response.headers["Content-Type"].partition(";")[0] == "text/html"
    assert "/users" in response.text
    assert "accept" in response.headers["Vary"].lower()


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/*", None])
def test_the_root_is_links_for_programs(users: Api, accept: str | None) -> None:
    response = users.send("GET", "/", headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert "/users" in str(body_of(response))
    assert "accept" in response.headers["Vary"].lower()


@pytest.mark.parametrize("path", ["/health", "/health?deep=1", "/health/"])
def test_health(users: Api, path: str) -> None:
    response = users.send("GET", path)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


def test_the_openapi_document_names_every_route(users: Api) -> None:
    response = users.send("GET", "/openapi.json")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    document = body_of(response)
    assert document["openapi"].startswith("3.")
    for resource in users.target.resources:
        paths = document["paths"]
        assert {"get", "post"} <= set(paths[resource.path])
        item = paths[f"{resource.path}/{{{resource.key}}}"]
        assert {"get", "put", "patch", "delete"} <= set(item)


@pytest.mark.parametrize("code", CODES)
def test_the_errors_page_explains_each_code(users: Api, code: str) -> None:
    response = users.send("GET", "/errors", headers={"Accept": BROWSER})
    assert response.status_code == 200
    assert response.headers["Content-Type"].partition(";")[0] == "text/html"
    assert f'id="{code}"' in response.text


def test_a_problems_type_leads_to_its_explanation(users: Api) -> None:
    response = users.get("missing")
    address, _, code = urljoin(response.url, response.json()["type"]).partition("#")
    assert code == "not_found"
    page = users.target.session.get(address, headers={"Accept": BROWSER})
    assert (page.status_code, f'id="{code}"' in page.text) == (200, True)
