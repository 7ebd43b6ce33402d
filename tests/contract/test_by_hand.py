"""Items that other code wrote: they never break a read, and a change does them no harm."""

import re
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.client import Api, assert_problem, etag_of
from tests.resources import STORED, Json

pytestmark = pytest.mark.tables

S = dict[str, str]
OTHER_TYPES: dict[str, Json] = {
    "number": {"N": "5"},
    "boolean": {"BOOL": True},
    "null": {"NULL": True},
    "list": {"L": [{"S": "x"}]},
    "map": {"M": {"a": {"S": "x"}}},
    "set": {"SS": ["x"]},
    "bytes": {"B": b"\xff"},
}
ATTRIBUTES: Json = {
    "nickname": {"S": "Countess"},
    "visits": {"N": "12345678901234567890.5"},
    "tags": {"SS": ["a", "b"]},
    "photo": {"B": b"\x00\xff"},
    "address": {"M": {"city": {"S": "London"}, "lines": {"L": [{"NULL": True}, {"BOOL": False}]}}},
    "name ": {"S": "an attribute with a space"},
}


def by_hand(api: Api, key: str = "", /, **attributes: Any) -> str:
    """Write an item straight into the table; gives its key."""
    key = key or f"hand-{uuid4().hex}"
    api.target.put(api.resource.table, **{api.resource.key: {"S": key}}, **attributes)
    return key


def stored(api: Api, key: str) -> Json:
    name = api.target.table(api.resource.table)
    found: Json = api.target.client.get_item(
        TableName=name, Key={api.resource.key: {"S": key}}, ConsistentRead=True
    )["Item"]
    return found


def text(value: str) -> S:
    return {"S": value}


def test_a_tutorials_item(users: Api) -> None:
    email = users.resource.sample()["email"]
    key = by_hand(users, name=text("Ada"), email=text(email))
    response = users.get(key)
    item = response.json()
    assert response.status_code == 200, response.text
    assert set(item) == users.resource.members | STORED
    assert (item["id"], item["name"], item["email"]) == (key, "Ada", email)
    assert (item["created_at"], item["updated_at"]) == (None, None)
    assert item["etag"] == etag_of(response)
    assert users.shown(key) == item
    assert users.page(("id", key))["items"] == [item]
    assert [i for i in users.walked(limit=100) if i["id"] == key] == [item]
    for sort in ("created_at", "-created_at"):
        assert [i for i in users.walked(limit=100, sort=sort) if i["id"] == key] == []


def test_an_item_of_a_key_alone(api: Api) -> None:
    key = by_hand(api)
    item = api.shown(key)
    assert set(item) == api.resource.members | STORED
    assert {name for name, value in item.items() if value is not None} == {api.resource.key, "etag"}
    assert item in api.walked(limit=100)


@pytest.mark.parametrize("value", OTHER_TYPES.values(), ids=OTHER_TYPES)
def test_a_value_of_another_type_is_null(users: Api, value: Json) -> None:
    names = ("name", "email", "updated_at", "etag")
    key = by_hand(users, **dict.fromkeys(names, value))
    item = users.shown(key)
    assert (item["name"], item["email"], item["updated_at"]) == (None, None, None)
    assert isinstance(item["etag"], str)
    assert item["etag"]
    assert item in users.walked(limit=100)
    assert users.patch(key, {"name": "Ada"}).status_code == 200
    assert users.shown(key)["name"] == "Ada"
    assert users.delete(key).status_code == 204


@pytest.mark.parametrize("value", [text("x"), {"BOOL": True}, {"L": []}], ids=str)
def test_a_price_of_another_type_is_null(wares: Api, value: Json) -> None:
    key = by_hand(wares, title=text("Lamp"), price=value)
    item = wares.shown(key)
    assert (item["title"], item["price"]) == ("Lamp", None)
    assert item in wares.walked(limit=100)


@pytest.mark.parametrize(
    ("name", "value"), [("name", ""), ("name", "x" * 5000), ("name", "a\x00b"), ("email", "nobody")]
)
def test_a_value_that_we_would_refuse_breaks_nothing(users: Api, name: str, value: str) -> None:
    key = by_hand(users, **{name: text(value)})
    assert users.shown(key)[name] in (value, None)
    assert key in [item["id"] for item in users.walked(limit=100)]


def test_its_etag_is_a_hash_of_its_content(api: Api) -> None:
    name = api.resource.text
    key = by_hand(api, **{name: text("One")})
    first = api.shown(key)["etag"]
    assert api.shown(key)["etag"] == first
    assert api.get(key, {"If-None-Match": f'"{first}"'}).status_code == 304
    by_hand(api, key, **{name: text("Two")})
    second = api.shown(key)["etag"]
    assert second != first
    by_hand(api, key, **{name: text("Two")}, unheard={"N": "1"})
    assert api.shown(key)["etag"] not in (first, second)
    by_hand(api, key, **{name: text("One")})
    assert api.shown(key)["etag"] == first


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_its_etag_works_in_if_match(api: Api, method: str) -> None:
    key = by_hand(api, **{api.resource.text: text("One")})
    item = api.shown(key)
    args = (key,) if method == "delete" else (key, api.resource.sample())
    stale = getattr(api, method)(*args, {"If-Match": '"x"'})
    problem = assert_problem(stale, 412, "stale")
    assert problem["current"] == item
    assert etag_of(stale) == item["etag"]
    done = getattr(api, method)(*args, {"If-Match": f'"{item["etag"]}"'})
    assert done.status_code in (200, 204), done.text
    again = getattr(api, method)(*args, {"If-Match": f'"{item["etag"]}"'})
    assert again.status_code == (404 if method == "delete" else 412)


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_change_gives_it_a_revision(api: Api, method: str) -> None:
    key = by_hand(api, **{api.resource.text: text("One")})
    old = api.shown(key)["etag"]
    changed = getattr(api, method)(key, api.resource.sample())
    assert changed.status_code == 200, changed.text
    assert changed.json()["etag"] == etag_of(changed) != old
    assert changed.json()["updated_at"]
    assert api.shown(key) == changed.json()


@pytest.mark.parametrize("method", ["put", "patch"])
def test_attributes_that_we_do_not_know_survive(api: Api, method: str) -> None:
    key = by_hand(api, **{api.resource.text: text("One")}, **ATTRIBUTES)
    assert set(api.shown(key)) == api.resource.members | STORED
    response = getattr(api, method)(key, api.resource.sample())
    assert response.status_code == 200, response.text
    after = stored(api, key)
    for name, value in ATTRIBUTES.items():
        if "SS" in value:
            assert sorted(after[name]["SS"]) == value["SS"]
        else:
            assert after[name] == value


@pytest.mark.parametrize("method", ["put", "patch"])
def test_attributes_survive_a_new_email_too(users: Api, method: str) -> None:
    user = users.made()
    item = stored(users, user["id"]) | {"nickname": text("Countess")}
    users.target.put("users", **item)
    response = getattr(users, method)(user["id"], users.resource.sample())
    assert response.status_code == 200, response.text
    assert stored(users, user["id"])["nickname"] == text("Countess")


@pytest.mark.parametrize("etag", ["", "é", 'a"b', "a\r\nX-Evil: 1", "a b", "a,b", "*", "x" * 300])
def test_an_etag_that_fits_no_header(api: Api, etag: str) -> None:
    key = by_hand(api, **{api.resource.text: text("One"), "etag": text(etag)})
    response = api.get(key)
    assert response.status_code == 200, response.text
    assert "X-Evil" not in response.headers
    shown = response.headers["ETag"]
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', shown)
    assert shown == f'"{response.json()["etag"]}"'
    assert api.get(key, {"If-None-Match": shown}).status_code == 304
    assert_problem(api.patch(key, {}, {"If-Match": '"x"'}), 412, "stale")
    changed = api.put(key, api.resource.sample(), {"If-Match": shown})
    assert changed.status_code == 200, changed.text
    assert api.delete(key, {"If-Match": changed.headers["ETag"]}).status_code == 204


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_an_item_of_many_attributes(api: Api, method: str) -> None:
    # A condition has 4 KB and 300 operators at most.
    many = {f"attribute_{number}": {"S": "x" * 50} for number in range(400)}
    key = by_hand(api, **{api.resource.text: text("One")}, **many)
    etag = {"If-Match": f'"{api.shown(key)["etag"]}"'}
    args = (key,) if method == "delete" else (key, api.resource.sample())
    response = getattr(api, method)(*args, etag)
    assert response.status_code in (200, 204), response.text
    if method != "delete":
        assert stored(api, key)["attribute_399"] == {"S": "x" * 50}


def test_its_email_can_be_changed(users: Api) -> None:
    old, new = (users.resource.sample()["email"] for _ in range(2))
    key = by_hand(users, name=text("Ada"), email=text(old))
    moved = users.patch(key, {"email": new})
    assert (moved.status_code, moved.json()["email"]) == (200, new)
    response = users.post(users.resource.sample() | {"email": new})
    assert_problem(response, 409, "email_taken", {"/email": "taken"})
    users.made(email=old)
    assert users.delete(key).status_code == 204
    users.made(email=new)


def test_an_email_claimed_by_another_is_left_to_it(users: Api) -> None:
    owner = users.made()
    key = by_hand(users, name=text("Twin"), email=text(owner["email"]))
    assert users.patch(key, {"name": "Twin Two"}).status_code == 200
    moved = users.patch(key, {"email": users.resource.sample()["email"]})
    assert moved.status_code == 200, moved.text
    assert users.page(email=owner["email"])["items"] == [owner]
    twin = by_hand(users, name=text("Twin"), email=text(owner["email"]))
    assert users.delete(twin).status_code == 204
    assert users.page(email=owner["email"])["items"] == [owner]
    response = users.post(users.resource.sample() | {"email": owner["email"]})
    assert_problem(response, 409, "email_taken", {"/email": "taken"})


def test_a_key_that_no_client_could_give_does_not_end_a_walk(empty: Api) -> None:
    strange = ["a b", "é/ü", "x" * 200, "#", "😀", "a" * 1000, "a" * 2048, "\x00"]
    for key in strange:
        by_hand(empty, key, **{empty.resource.text: text("Strange")})
    for limit in (1, 3):
        walked = [item[empty.resource.key] for item in empty.walked(limit=limit)]
        assert sorted(walked) == sorted(strange)
    empty.empty()


def test_a_post_never_overwrites_it(api: Api) -> None:
    key = by_hand(api, **{api.resource.text: text("One")}, **ATTRIBUTES)
    before = stored(api, key)
    response = api.post(api.resource.sample() | {api.resource.key: key})
    errors = {f"/{api.resource.key}": "taken"}
    assert_problem(response, 409, f"{api.resource.key}_taken", errors)
    assert stored(api, key) == before
