"""What API Gateway answers by itself, or changes in what the function answered."""

import pytest
import requests

from chalicekit.problems import CATALOGUE
from tests.contract.client import Api
from tests.resources import Json

pytestmark = pytest.mark.gateway
ORIGIN = {"Origin": "https://app.example.com"}
MANY = 10 * 1024 * 1024 + 1


def assert_own(response: requests.Response, status: int, code: str) -> None:
    """Assert that the gateway's own reply has the shape of every problem."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    exposed = {
        name.strip() for name in response.headers["Access-Control-Expose-Headers"].split(",")
    }
    assert {"Retry-After", "X-Request-Id"} <= exposed
    body: Json = response.json()
    assert set(body) == {"type", "title", "status", "code", "detail", "instance"}
    assert (body["status"], body["code"], body["title"]) == (status, code, CATALOGUE[code][1])
    assert body["type"].endswith(f"/errors#{code}")
    assert body["instance"] == f"urn:request:{response.headers['X-Request-Id']}"
    assert (status in (429, 503)) == ("Retry-After" in response.headers)


@pytest.mark.own_replies
@pytest.mark.parametrize("path", ["/users", "/health", "/nope/two"])
def test_a_method_that_no_route_has(api: Api, path: str) -> None:
    assert_own(api.send("TRACE", path, headers=ORIGIN), 404, "route_not_found")


@pytest.mark.aws
@pytest.mark.own_replies
def test_a_body_over_the_gateways_limit(api: Api) -> None:
    try:
        response = api.post_bytes(b" " * MANY)
    except requests.ConnectionError:
        # It may hang up while the body is still being sent: then a second try must be answered.
        response = api.post_bytes(b" " * MANY)
    assert_own(response, 413, "body_too_large")


@pytest.mark.aws
@pytest.mark.own_replies
def test_a_path_that_is_no_percent_encoding(api: Api) -> None:
    assert_own(api.send("GET", f"{api.resource.path}/%zz", headers=ORIGIN), 400, "bad_request")


@pytest.mark.aws
def test_a_signature_that_is_none(api: Api) -> None:
    """Whatever Authorization holds, the function judges it, and not the gateway."""
    for value in ("AWS4-HMAC-SHA256 x", "Basic eDp5", "Bearer x.y.z", "x"):
        response = api.send("GET", "/health", headers={"Authorization": value})
        assert response.headers["X-Request-Id"]
        assert response.status_code in (200, 401), response.text


def test_nothing_on_the_way_changes_an_etag(api: Api) -> None:
    key = api.made()[api.resource.key]
    for encoding in ("identity", "gzip", "br, gzip, deflate"):
        response = api.get(key, {"Accept-Encoding": encoding})
        assert response.headers["ETag"] == f'"{response.json()["etag"]}"'
        assert "Content-Encoding" not in response.headers


def test_repeated_parameters_all_arrive(api: Api) -> None:
    keys = sorted(api.made()[api.resource.key] for _ in range(3))
    page = api.page(*[(api.resource.key, key) for key in keys])
    assert sorted(item[api.resource.key] for item in page["items"]) == keys


def test_links_lead_back_into_the_stage(api: Api) -> None:
    """Location and Link hold the stage's prefix: a browser can follow them."""
    made = api.post(api.resource.sample())
    assert made.status_code == 201, made.text
    prefix = made.url.rpartition(api.resource.path)[0]
    assert prefix == api.target.base_url
    followed = api.target.session.get(requests.compat.urljoin(made.url, made.headers["Location"]))
    assert followed.json() == made.json()
    api.made()
    listed = api.query(limit="1")
    following = requests.compat.urljoin(listed.url, listed.links["next"]["url"])
    assert api.target.session.get(following).status_code == 200
