"""PUT and PATCH: what is replaced, what stays, what is ignored and what is refused."""

from typing import Any

import pytest

from tests.contract.client import Api, assert_problem, etag_of
from tests.resources import Json

MERGE_PATCH = "application/merge-patch+json"


def test_put_replaces_what_a_client_may_set(api: Api) -> None:
    item = api.made()
    key, body = item[api.resource.key], api.resource.sample()
    response = api.put(key, body)
    assert response.status_code == 200, response.text
    changed = response.json()
    assert changed[api.resource.text] == body[api.resource.text]
    assert changed["created_at"] == item["created_at"]
    assert etag_of(response) == changed["etag"] != item["etag"]
    assert api.shown(key) == changed


def test_put_takes_back_what_get_gave(api: Api) -> None:
    item = api.made()
    key = item[api.resource.key]
    response = api.put(key, item)
    assert response.status_code == 200, response.text
    unchanged = set(item) - {"updated_at", "etag"}
    assert {name: response.json()[name] for name in unchanged} == {
        name: item[name] for name in unchanged
    }


def test_put_without_an_optional_member_removes_it(wares: Api) -> None:
    item = wares.made(note="bright")
    body = wares.resource.sample()
    del body["note"]
    assert wares.put(item["sku"], body).json()["note"] is None
    assert wares.shown(item["sku"])["note"] is None


def test_put_wants_every_required_member(api: Api) -> None:
    key = api.made()[api.resource.key]
    errors = {f"/{name}": "required" for name in api.resource.required}
    assert_problem(api.put(key, {}), 422, "invalid_body", errors)
    assert_problem(api.put(key, dict.fromkeys(api.resource.required)), 422, "invalid_body", errors)


def test_put_and_patch_never_create(api: Api) -> None:
    body = api.resource.sample()
    assert_problem(api.put("never-made", body), 404, "not_found")
    assert_problem(api.put("never-made", body | {api.resource.key: "never-made"}), 404, "not_found")
    assert_problem(api.patch("never-made", body), 404, "not_found")
    assert_problem(api.patch("never-made", {}), 404, "not_found")
    assert_problem(api.get("never-made"), 404, "not_found")
    api.made(**body)  # Neither left a claim on a unique value behind.


@pytest.mark.parametrize("method", ["put", "patch"])
def test_the_key_cannot_be_changed(api: Api, method: str) -> None:
    item = api.made()
    key = item[api.resource.key]
    change = getattr(api, method)
    body = api.resource.sample()
    response = change(key, body | {api.resource.key: "another"})
    assert_problem(response, 422, "invalid_body", {f"/{api.resource.key}": "read_only"})
    assert api.shown(key) == item
    same = change(key, body | {api.resource.key: key})
    assert same.status_code == 200, same.text


@pytest.mark.parametrize("method", ["put", "patch"])
@pytest.mark.parametrize("value", ["2001-01-01T00:00:00.000Z", "x", 5, None, [1], {"a": 1}])
def test_times_in_a_body_are_ignored(api: Api, method: str, value: Any) -> None:
    item = api.made()
    body = api.resource.sample() | {"created_at": value, "updated_at": value}
    response = getattr(api, method)(item[api.resource.key], body)
    assert response.status_code == 200, response.text
    assert response.json()["created_at"] == item["created_at"]
    assert response.json()["updated_at"] >= item["updated_at"]


@pytest.mark.parametrize("type", [MERGE_PATCH, "application/json", MERGE_PATCH.upper()])
def test_patch_changes_only_what_it_names(api: Api, type: str) -> None:
    item = api.made()
    key = item[api.resource.key]
    response = api.patch(key, {api.resource.text: "Changed"}, {"Content-Type": type})
    assert response.status_code == 200, response.text
    changed = response.json()
    expected = item | {
        api.resource.text: "Changed",
        "updated_at": changed["updated_at"],
        "etag": changed["etag"],
    }
    assert changed == expected == api.shown(key)
    assert etag_of(response) == changed["etag"] != item["etag"]


def test_an_empty_patch_changes_no_member(api: Api) -> None:
    item = api.made()
    response = api.patch(item[api.resource.key], {})
    assert response.status_code == 200, response.text
    for name in api.resource.members | {"created_at"}:
        assert response.json()[name] == item[name]


def test_null_in_a_patch_is_refused_on_a_required_member(api: Api) -> None:
    item = api.made()
    response = api.patch(item[api.resource.key], dict.fromkeys(api.resource.required))
    errors = {f"/{name}": "required" for name in api.resource.required}
    assert_problem(response, 422, "invalid_body", errors)
    assert api.shown(item[api.resource.key]) == item


@pytest.mark.tables
def test_null_in_a_patch_removes_an_optional_member(wares: Api) -> None:
    item = wares.made(note="bright")
    response = wares.patch(item["sku"], {"note": None})
    assert response.json()["note"] is None
    assert response.json()["title"] == item["title"]
    stored = next(i for i in wares.target.items("wares") if i["sku"]["S"] == item["sku"])
    assert "note" not in stored or stored["note"] == {"NULL": True}
    again = wares.patch(item["sku"], {"note": None})
    assert again.json()["note"] is None
    back = wares.patch(item["sku"], {"note": "dim"})
    assert back.json()["note"] == "dim"


def test_a_refused_patch_changes_nothing(api: Api) -> None:
    item = api.made()
    key = item[api.resource.key]
    patch = {api.resource.text: "Changed", "unheard": 1}
    assert_problem(api.patch(key, patch), 422, "invalid_body", {"/unheard": "unknown"})
    assert api.shown(key) == item


@pytest.mark.parametrize(
    "type", ["application/json-patch+json", "text/plain", "application/x-www-form-urlencoded", "x"]
)
def test_patch_names_the_types_that_it_takes(api: Api, type: str) -> None:
    item = api.made()
    headers = {"Content-Type": type}
    response = api.send("PATCH", api.path(item[api.resource.key]), data=b"{}", headers=headers)
    assert_problem(response, 415, "media_type_unsupported")
    accepted = {part.strip() for part in response.headers["Accept-Patch"].split(",")}
    assert accepted == {MERGE_PATCH, "application/json"}
    assert api.shown(item[api.resource.key]) == item


@pytest.mark.parametrize(
    "type", [MERGE_PATCH, "application/xml", "text/plain", "multipart/form-data"]
)
def test_put_names_the_type_that_it_takes(api: Api, type: str) -> None:
    item = api.made()
    body: Json = api.resource.sample()
    response = api.put(item[api.resource.key], body, {"Content-Type": type})
    assert_problem(response, 415, "media_type_unsupported")
    assert response.headers["Accept"] == "application/json"
    assert api.shown(item[api.resource.key]) == item
