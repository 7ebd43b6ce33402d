"""Which methods are offered where, and what answers the rest."""

from urllib.parse import urlsplit

import pytest

from tests.contract.client import Api, assert_empty, assert_problem, etag_of
from tests.resources import Json

pytestmark = pytest.mark.each_counts

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
COLLECTION = {"GET", "HEAD", "POST", "OPTIONS"}
ITEM = {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}
PAGE = {"GET", "HEAD", "OPTIONS"}
FIXED = {"/": PAGE, "/health": PAGE, "/openapi.json": PAGE, "/errors": PAGE}
UNKNOWN = [
    "/nope",
    "/nope/",
    "/nope/two",
    "/nope/two/three/four/five/six/seven",
    "/users.json",
    "/USERS",
    "/users/1/2",
    "/users/1/2/3/4",
    "/%F0%9F%98%80",
    "/health/deep",
    "/{proxy+}",
    "/users//x",
    "/.",
]


def names(header: str) -> set[str]:
    return {name.strip() for name in header.split(",")}


def assert_405(api: Api, method: str, path: str, offered: set[str]) -> None:
    response = api.send(method, path)
    assert names(response.headers["Allow"]) == offered
    if method == "HEAD":
        assert (response.status_code, response.content) == (405, b"")
    else:
        assert_problem(response, 405, "method_not_allowed")


@pytest.mark.parametrize("method", sorted(METHODS - COLLECTION))
def test_a_collection_refuses(api: Api, method: str) -> None:
    assert_405(api, method, api.resource.path, COLLECTION)


def test_an_item_refuses_post(api: Api) -> None:
    key = api.made()[api.resource.key]
    assert_405(api, "POST", api.path(key), ITEM)
    assert_405(api, "POST", api.path("missing"), ITEM)


@pytest.mark.parametrize("path", FIXED)
@pytest.mark.parametrize("method", sorted(METHODS - PAGE))
def test_a_page_refuses(users: Api, method: str, path: str) -> None:
    assert_405(users, method, path, FIXED[path])


@pytest.mark.no_gateway
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW"])
def test_a_method_that_nobody_offers(users: Api, method: str) -> None:
    assert_405(users, method, "/users", COLLECTION)


def test_405_comes_before_the_body_is_looked_at(users: Api) -> None:
    response = users.send("PUT", "/users", data=b"x" * 70_000, headers={"Content-Type": "a/b"})
    assert_problem(response, 405, "method_not_allowed")


@pytest.mark.parametrize("path", UNKNOWN)
@pytest.mark.parametrize("method", sorted(METHODS - {"HEAD", "OPTIONS"}))
def test_an_unknown_path_is_a_problem(users: Api, method: str, path: str) -> None:
    problem = assert_problem(users.send(method, path), 404, "route_not_found")
    prefix = urlsplit(users.target.base_url).path
    assert problem["type"] == f"{prefix}/errors#route_not_found"


@pytest.mark.parametrize("path", UNKNOWN)
def test_head_of_an_unknown_path(users: Api, path: str) -> None:
    response = users.send("HEAD", path)
    assert (response.status_code, response.content) == (404, b"")
    assert response.headers["X-Request-Id"]


def test_an_unknown_path_with_authorization_is_no_gateway_error(users: Api) -> None:
    response = users.send("GET", "/nope/two", headers={"Authorization": "Bearer x"})
    assert_problem(response, 404, "route_not_found")


def test_an_unknown_path_is_404_whatever_the_body(users: Api) -> None:
    response = users.send("POST", "/nope", data=b"\xff" * 70_000, headers={"Content-Type": "a/b"})
    assert_problem(response, 404, "route_not_found")


@pytest.mark.parametrize("path", ["/users", "/users/7", *FIXED, *UNKNOWN])
def test_options_is_204_everywhere(users: Api, path: str) -> None:
    response = users.send("OPTIONS", path)
    assert_empty(users, response, 204)
    if path not in UNKNOWN:
        offered = FIXED.get(path) or (COLLECTION if path == "/users" else ITEM)
        assert names(response.headers["Allow"]) == offered


def test_head_is_get_without_a_body(api: Api) -> None:
    item = api.made()
    for path in (api.path(item[api.resource.key]), api.resource.path):
        get, head = api.send("GET", path), api.send("HEAD", path)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("Content-Type", "Cache-Control", "ETag", "Link"):
            if name == "Link" and path == api.resource.path:
                assert (name in head.headers) == (name in get.headers)  # The cursor may move on.
            else:
                assert head.headers.get(name) == get.headers.get(name), name


def test_head_of_what_is_missing(api: Api) -> None:
    response = api.send("HEAD", api.path("missing"))
    assert (response.status_code, response.content) == (404, b"")


@pytest.mark.parametrize("path", FIXED)
def test_head_of_a_page(users: Api, path: str) -> None:
    response = users.send("HEAD", path)
    assert (response.status_code, response.content) == (200, b"")


def test_a_trailing_slash_is_dropped(api: Api) -> None:
    made = api.send("POST", f"{api.resource.path}/", json=api.resource.sample())
    assert made.status_code == 201, made.text
    item = made.json()
    path = api.path(item[api.resource.key])
    assert made.headers["Location"] == urlsplit(api.target.base_url).path + path
    path += "/"
    assert api.send("GET", path).json() == item
    assert api.send("GET", f"{api.resource.path}/", params={"limit": "1"}).json().keys() == {
        "items",
        "next_cursor",
    }
    assert api.send("PATCH", path, json={api.resource.text: "Slash"}).status_code == 200
    assert api.send("DELETE", path).status_code == 204


def encoded(key: str) -> str:
    return f"%{ord(key[0]):02X}%{ord(key[1]):02x}{key[2:]}"


def test_percent_encoding_of_a_key_does_not_matter(api: Api) -> None:
    item = api.made()
    response = api.get(encoded(item[api.resource.key]))
    assert response.json() == item
    assert etag_of(response) == item["etag"]


DECODED = pytest.mark.unlike_aws("It hands on path parameters decoded.")


@DECODED
def test_a_key_is_decoded_once(api: Api) -> None:
    twice = encoded(api.made()[api.resource.key]).replace("%", "%25")
    assert_problem(api.get(twice), 404, "not_found")


STRANGE = [
    "a%20b",
    "a.b",
    pytest.param("a%2Fb", marks=DECODED, id="a%2Fb"),
    "%00",
    "%C3%A9",
    "%FF",
    "%",
    "%zz",
    "a%2500",
    "~",
    "x" * 65,
    "*",
]


@pytest.mark.parametrize("key", STRANGE)
def test_a_key_of_another_shape_is_not_found(api: Api, key: str) -> None:
    body: Json = api.resource.sample()
    assert_problem(api.get(key), 404, "not_found")
    assert_problem(api.put(key, body), 404, "not_found")
    assert_problem(api.patch(key, {api.resource.text: "X"}), 404, "not_found")
    assert_problem(api.delete(key), 404, "not_found")


def test_nothing_is_found_with_a_key_that_was_never_given(api: Api) -> None:
    assert_problem(api.get("never-given"), 404, "not_found")
    assert_problem(api.delete("never-given"), 404, "not_found")
