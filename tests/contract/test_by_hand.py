"""Items that other code wrote: they never break a read or a list."""

import pytest

from tests.contract.client import Api, assert_problem, etag_of
from tests.contract.rows import by_hand, text
from tests.resources import STORED, Json

pytestmark = pytest.mark.tables

OTHER_TYPES: dict[str, Json] = {
    "number": {"N": "5"},
    "boolean": {"BOOL": True},
    "null": {"NULL": True},
    "list": {"L": [{"S": "x"}]},
    "map": {"M": {"a": {"S": "x"}}},
    "set": {"SS": ["x"]},
    "bytes": {"B": b"\xff"},
}


@pytest.mark.scans
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


@pytest.mark.scans
def test_an_item_of_a_key_alone(api: Api) -> None:
    key = by_hand(api)
    item = api.shown(key)
    assert set(item) == api.resource.members | STORED
    assert {name for name, value in item.items() if value is not None} == {api.resource.key, "etag"}
    assert item in api.walked(limit=100)


@pytest.mark.scans
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


@pytest.mark.scans
@pytest.mark.parametrize("value", [text("x"), {"BOOL": True}, {"L": []}], ids=str)
def test_a_price_of_another_type_is_null(wares: Api, value: Json) -> None:
    key = by_hand(wares, title=text("Lamp"), price=value)
    item = wares.shown(key)
    assert (item["title"], item["price"]) == ("Lamp", None)
    assert item in wares.walked(limit=100)


@pytest.mark.scans
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
    photos = set()
    for photo in (b"\x00", b"\x01"):
        by_hand(api, key, **{name: text("One")}, photo={"B": photo})
        photos.add(api.shown(key)["etag"])
    assert len(photos | {first}) == 3


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
