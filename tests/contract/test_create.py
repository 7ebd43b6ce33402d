"""POST: keys, what the server adds, and that nothing is ever overwritten."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest

from tests.contract.client import Api, assert_empty, assert_problem, etag_of
from tests.resources import STORED

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


def test_a_created_item(api: Api) -> None:
    sample = api.resource.sample()
    response = api.post(sample)
    assert response.status_code == 201, response.text
    assert response.headers["Content-Type"] == "application/json"
    item = response.json()
    assert set(item) == api.resource.members | STORED
    assert KEY.fullmatch(item[api.resource.key])
    assert TIME.fullmatch(item["created_at"])
    assert TIME.fullmatch(item["updated_at"])
    # Five minutes, since an API at BASE_URL has a clock of its own.
    age = datetime.now(UTC) - datetime.fromisoformat(item["created_at"])
    assert abs(age) < timedelta(minutes=5)
    assert item["created_at"] <= item["updated_at"]
    assert etag_of(response) == item["etag"]
    assert {name: item[name] for name in sample} == _as_shown(sample)
    assert api.shown(item[api.resource.key]) == item


def _as_shown(sample: dict[str, Any]) -> dict[str, Any]:
    # DynamoDB keeps a number's value, not its zeros.
    return sample | ({"price": "12.5"} if "price" in sample else {})


def test_an_optional_member_is_null_where_it_is_absent(wares: Api) -> None:
    sample = wares.resource.sample()
    del sample["note"]
    for body in (sample, sample | {"note": None}):
        item = wares.post(body).json()
        assert item["note"] is None
        assert wares.shown(item["sku"]) == item
        assert wares.page(("sku", item["sku"]))["items"] == [item]


def test_location_leads_to_the_item(api: Api) -> None:
    response = api.post(api.resource.sample())
    item, location = response.json(), response.headers["Location"]
    prefix = urlsplit(api.target.base_url).path
    assert location == f"{prefix}{api.path(item[api.resource.key])}"
    found = api.target.session.get(urljoin(response.url, location))
    assert found.json() == item


def test_keys_are_made_by_the_server_and_differ(api: Api) -> None:
    key = api.resource.key
    assert len({api.made()[key] for _ in range(5)}) == 5


@pytest.mark.parametrize("length", [1, 63, 64])
def test_a_client_may_give_the_key(api: Api, length: int) -> None:
    # One character is a key too; those of other runs are freed first.
    key = "_" if length == 1 else (uuid4().hex + "-_AZaz" + "0" * 64)[:length]
    api.delete(key)
    assert api.made(**{api.resource.key: key})[api.resource.key] == key
    assert api.shown(key)[api.resource.key] == key
    assert api.delete(key).status_code == 204


def test_an_integer_key_is_its_decimal_text(api: Api) -> None:
    number = uuid4().int % 10**18
    item = api.made(**{api.resource.key: number})
    assert item[api.resource.key] == str(number)
    body = api.resource.sample() | {api.resource.key: number}
    replaced = api.put(str(number), body)
    assert replaced.status_code == 200, replaced.text
    assert replaced.json()[api.resource.key] == str(number)
    again = api.post(api.resource.sample() | {api.resource.key: number})
    assert_problem(again, 409, f"{api.resource.key}_taken", {f"/{api.resource.key}": "taken"})


@pytest.mark.parametrize(
    "key", ["", " ", "a b", "a/b", "a.b", "é", "x" * 65, "a\n", True, 7.5, [], {"a": 1}]
)
def test_a_key_of_another_shape_is_refused(api: Api, key: object) -> None:
    response = api.post(api.resource.sample() | {api.resource.key: key})
    assert_problem(response, 422, "invalid_body", {f"/{api.resource.key}": "invalid"})


def test_post_never_overwrites(api: Api) -> None:
    item = api.made()
    key = item[api.resource.key]
    again = api.resource.sample() | {api.resource.key: key}
    response = api.post(again)
    assert_problem(response, 409, f"{api.resource.key}_taken", {f"/{api.resource.key}": "taken"})
    assert api.shown(key) == item


def test_a_key_can_be_given_again_after_its_item_is_gone(api: Api) -> None:
    first = api.made()
    key = first[api.resource.key]
    assert api.delete(key).status_code == 204
    second = api.made(**{api.resource.key: key})
    assert second["etag"] != first["etag"]
    stale = api.patch(key, {api.resource.text: "X"}, {"If-Match": f'"{first["etag"]}"'})
    assert_problem(stale, 412, "stale")


@pytest.mark.parametrize("value", ["2001-01-01T00:00:00.000Z", "x", 5, None, [], {}])
def test_what_the_server_keeps_is_ignored_in_a_new_body(api: Api, value: object) -> None:
    item = api.made(created_at=value, updated_at=value, etag=value)
    for name in STORED:
        assert item[name] not in (value, None)


def test_times_and_revisions_move_forward(api: Api) -> None:
    item = api.made()
    key = item[api.resource.key]
    changed = api.patch(key, {api.resource.text: "Later"}).json()
    assert changed["created_at"] == item["created_at"]
    assert changed["updated_at"] >= item["updated_at"]
    assert changed["etag"] != item["etag"]


def test_deleted_is_gone(api: Api) -> None:
    key = api.made()[api.resource.key]
    response = api.delete(key)
    assert_empty(api, response, 204)
    assert_problem(api.get(key), 404, "not_found")
    assert_problem(api.delete(key), 404, "not_found")
