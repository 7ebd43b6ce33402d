"""Filters of lists, and what a query must not hold."""

from uuid import uuid4

import pytest

from tests.contract.client import Api, assert_problem
from tests.contract.test_lists import fill, keys


def test_repeated_keys_fetch_those(api: Api) -> None:
    name = api.resource.key
    made = {item[name]: item for item in (api.made(), api.made(), api.made())}
    asked = [(name, key) for key in [*made, "missing", *made]]
    page = api.page(*asked)
    assert page["next_cursor"] is None
    assert sorted(keys(api, page["items"])) == sorted(made)
    assert all(item == made[item[name]] for item in page["items"])
    assert "Link" not in api.query(*asked).headers
    assert api.page((name, "missing")) == {"items": [], "next_cursor": None}


@pytest.mark.tables
def test_100_keys_at_most(empty: Api) -> None:
    fill(empty, 100)
    name = empty.resource.key
    asked = [(name, f"fill-{number:04}") for number in range(101)]
    assert len(empty.page(*asked[:100])["items"]) == 100
    assert_problem(empty.query(*asked), 400, "invalid_query", {name: "too_long"})


def test_email_finds_that_user(users: Api) -> None:
    user = users.made(email=f"Ada.{uuid4().hex}+tag@example.org")
    for email in (user["email"], user["email"].upper(), user["email"].lower()):
        assert users.page(email=email) == {"items": [user], "next_cursor": None}
    assert users.page(email=user["email"], limit="1")["items"] == [user]
    assert users.page(email=f"x{user['email']}") == {"items": [], "next_cursor": None}
    assert "Link" not in users.query(email=user["email"], limit="1").headers


@pytest.mark.parametrize("email", ["", "x", "@", "%", "a@b@example.org"])
def test_email_must_be_one(users: Api, email: str) -> None:
    assert_problem(users.query(email=email), 400, "invalid_query", {"email": "invalid"})


@pytest.mark.parametrize(
    "name",
    ["unheard", "created_at", "Limit", "limit[]", "offset", "page", "q", "_table", "etag"],
)
def test_an_unknown_parameter_is_refused(api: Api, name: str) -> None:
    assert_problem(api.query(**{name: "1"}), 400, "invalid_query", {name: "unknown"})


@pytest.mark.parametrize(
    "sort", ["", "name", "created_at,name", "+created_at", "CREATED_AT", "--created_at"]
)
def test_an_order_without_an_index_is_refused(api: Api, sort: str) -> None:
    assert_problem(api.query(sort=sort), 400, "invalid_query", {"sort": "invalid"})


def test_every_wrong_parameter_at_once(api: Api) -> None:
    response = api.query(limit="0", sort="name", unheard="1")
    errors = {"limit": "invalid", "sort": "invalid", "unheard": "unknown"}
    assert_problem(response, 400, "invalid_query", errors)


@pytest.mark.parametrize("name", ["limit", "sort", "cursor"])
def test_a_parameter_given_twice_is_refused(api: Api, name: str) -> None:
    value = {"limit": "5", "sort": "created_at", "cursor": "x"}[name]
    response = api.query((name, value), (name, value))
    assert_problem(response, 400, "invalid_query", {name: "invalid"})


def assert_not_combined(api: Api, *pairs: tuple[str, str]) -> None:
    """400 that names one or more of these parameters, and no other."""
    body = api.query(*pairs).json()
    assert (body["status"], body["code"]) == (400, "invalid_query"), body
    named = {error["parameter"] for error in body["errors"]}
    assert named
    assert named <= {name for name, _ in pairs}


def test_filters_that_no_index_serves_together(users: Api) -> None:
    user = users.made()
    users.made()
    cursor = users.page(limit="1")["next_cursor"]
    by_id, by_email = ("id", user["id"]), ("email", user["email"])
    for other in (("limit", "5"), ("sort", "created_at"), ("cursor", cursor), by_email):
        assert_not_combined(users, by_id, other)
    for other in (("sort", "created_at"), ("cursor", cursor), by_id):
        assert_not_combined(users, by_email, other)


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("limit", {"limit": "invalid"}),
        ("limit=%FF", {"limit": "invalid"}),
        ("sort=%FF", {"sort": "invalid"}),
        ("=1", {"": "unknown"}),
        ("limit=5;sort=created_at", {"limit": "invalid"}),
        ("limit=5%26sort=created_at", {"limit": "invalid"}),
        ("a.b[0]=1", {"a.b[0]": "unknown"}),
    ],
)
def test_a_query_that_cannot_be_read(api: Api, query: str, errors: dict[str, str]) -> None:
    response = api.send("GET", f"{api.resource.path}?{query}")
    assert_problem(response, 400, "invalid_query", errors)


@pytest.mark.parametrize("query", ["", "&", "limit=5&", "&limit=5", "limi%74=5"])
def test_a_query_that_can_be_read(api: Api, query: str) -> None:
    assert api.send("GET", f"{api.resource.path}?{query}").status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_item_has_no_parameters(api: Api, method: str) -> None:
    item = api.made()
    path = f"{api.path(item[api.resource.key])}?unheard=1"
    body = None if method in ("GET", "DELETE") else api.resource.sample()
    response = api.send(method, path, json=body)
    assert_problem(response, 400, "invalid_query", {"unheard": "unknown"})
    assert api.shown(item[api.resource.key]) == item
