"""Idempotency-Key: the retry of a create answers the first answer, and makes nothing."""

import json
from uuid import uuid4

import pytest
import requests

from tests.contract.client import Api, assert_problem, etag_of
from tests.resources import Json

KEY = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"


def key() -> dict[str, str]:
    return {KEY: uuid4().hex}


def assert_replayed(first: requests.Response, again: requests.Response) -> None:
    assert again.status_code == 201, again.text
    assert again.headers[REPLAYED] == "true"
    assert REPLAYED not in first.headers
    assert again.json() == first.json()
    for name in ("ETag", "Location", "Content-Type", "Cache-Control"):
        assert again.headers[name] == first.headers[name]


def test_a_retry_is_answered_as_the_first(api: Api) -> None:
    body, headers = api.resource.sample(), key()
    first = api.post(body, headers)
    assert first.status_code == 201, first.text
    assert_replayed(first, api.post(body, headers))
    assert_replayed(first, api.post(body, headers))
    if unique := api.resource.unique:
        assert api.page(**{unique: body[unique]})["items"] == [first.json()]


@pytest.mark.tables
def test_a_retry_makes_nothing(empty: Api) -> None:
    body, headers = empty.resource.sample(), key()
    made = [empty.post(body, headers).json() for _ in range(3)]
    assert empty.walked() == [made[0]]
    assert len(empty.target.items(empty.resource.table)) == 1


def test_the_same_body_written_otherwise_is_the_same(api: Api) -> None:
    body, headers = api.resource.sample(), key() | {"Content-Type": "application/json"}
    path = api.resource.path
    first = api.send("POST", path, data=json.dumps(body).encode(), headers=headers)
    assert first.status_code == 201, first.text
    spaced = json.dumps(body, indent=3, ensure_ascii=False).encode() + b"\n"
    assert_replayed(first, api.send("POST", path, data=spaced, headers=headers))
    turned = json.dumps(dict(reversed(body.items()))).encode()
    assert_replayed(first, api.send("POST", path, data=turned, headers=headers))


def test_a_retry_with_a_key_given_by_the_client(api: Api) -> None:
    body = api.resource.sample() | {api.resource.key: uuid4().hex}
    headers = key()
    first = api.post(body, headers)
    assert_replayed(first, api.post(body, headers))
    other = api.resource.sample() | {api.resource.key: body[api.resource.key]}
    errors = {f"/{api.resource.key}": "taken"}
    assert_problem(api.post(other, key()), 409, f"{api.resource.key}_taken", errors)


def test_another_body_is_refused(api: Api) -> None:
    body, headers = api.resource.sample(), key()
    first = api.post(body, headers)
    for other in (api.resource.sample(), body | {api.resource.key: first.json()[api.resource.key]}):
        assert_problem(api.post(other, headers), 422, "idempotency_key_reused")
    assert_replayed(first, api.post(body, headers))


def test_a_bare_key_is_the_quoted_one(api: Api) -> None:
    body, name = api.resource.sample(), uuid4().hex
    first = api.post(body, {KEY: name})
    assert_replayed(first, api.post(body, {KEY: f'"{name}"'}))


@pytest.mark.parametrize("length", [1, 255])
@pytest.mark.parametrize("form", ["{}", '"{}"'])
def test_a_key_has_1_to_255_characters(api: Api, length: int, form: str) -> None:
    name = uuid4().hex
    name = (name * 8)[:length] if length > 1 else "~"
    response = api.post(api.resource.sample(), {KEY: form.format(name)})
    # A key of one character is soon used: by the other form, and by other runs.
    assert response.status_code == 201 or (length == 1 and response.status_code in (409, 422))


@pytest.mark.parametrize(
    "name",
    ["", '""', "x" * 256, '"' + "x" * 256 + '"', "a b", '"a b"', "é".encode(), b"\xe9", "a\tb"],
)
def test_a_key_that_cannot_be_one(api: Api, name: str | bytes) -> None:
    response = api.post(api.resource.sample(), {KEY: name})
    assert_problem(response, 400, "invalid_header", {KEY: "invalid"})


def test_the_first_answer_stays_when_the_item_changes(api: Api) -> None:
    body, headers = api.resource.sample(), key()
    first = api.post(body, headers)
    item = first.json()
    changed = api.patch(item[api.resource.key], {api.resource.text: "Changed"}).json()
    assert_replayed(first, api.post(body, headers))
    assert api.shown(item[api.resource.key]) == changed


def test_the_item_is_deleted_meanwhile(api: Api) -> None:
    body, headers = api.resource.sample(), key()
    made = api.post(body, headers).json()
    assert api.delete(made[api.resource.key]).status_code == 204
    assert_problem(api.post(body, headers), 409, "idempotency_key_spent")
    assert_problem(api.get(made[api.resource.key]), 404, "not_found")
    assert api.post(body, key()).status_code == 201


@pytest.mark.tables
def test_nothing_of_a_deleted_item_is_kept(api: Api) -> None:
    body = api.resource.sample() | {api.resource.text: f"Secret {uuid4().hex}"}
    made = api.post(body, key()).json()
    assert body[api.resource.text] in str(api.target.items("claims"))
    api.delete(made[api.resource.key])
    left = str(api.target.items("claims"))
    for name in {api.resource.text, api.resource.unique} - {None}:
        assert made[name] not in left


def test_a_failed_attempt_is_not_recorded(api: Api) -> None:
    headers = key()
    refused = api.post(api.resource.sample() | {api.resource.text: ""}, headers)
    assert refused.status_code == 422
    taken: Json = {api.resource.key: api.made()[api.resource.key]}
    assert api.post(api.resource.sample() | taken, headers).status_code == 409
    body = api.resource.sample()
    first = api.post(body, headers)
    assert first.status_code == 201, first.text
    assert REPLAYED not in first.headers
    assert_replayed(first, api.post(body, headers))


def test_of_several_reasons_the_key_comes_first(api: Api) -> None:
    headers = key()
    first = api.post(api.resource.sample(), headers).json()
    other = api.resource.sample() | {api.resource.key: first[api.resource.key]}
    if api.resource.unique:
        other[api.resource.unique] = first[api.resource.unique]
    assert_problem(api.post(other, headers), 422, "idempotency_key_reused")


def test_a_key_belongs_to_one_resource(users: Api, wares: Api) -> None:
    headers = key()
    assert users.post(users.resource.sample(), headers).status_code == 201
    made = wares.post(wares.resource.sample(), headers)
    assert made.status_code == 201, made.text
    assert REPLAYED not in made.headers


def test_without_a_key_each_post_makes_one(api: Api) -> None:
    body = api.resource.sample()
    if unique := api.resource.unique:
        assert api.post(body).status_code == 201
        again = api.post(body)
        assert (again.status_code, again.json()["code"]) == (409, f"{unique}_taken")
    else:
        first, second = api.post(body), api.post(body)
        assert first.json()[api.resource.key] != second.json()[api.resource.key]
        assert etag_of(first) != etag_of(second)


@pytest.mark.tables
def test_a_record_that_has_expired_holds_no_longer(api: Api) -> None:
    body, headers = api.resource.sample(), key()
    made = api.post(body, headers).json()
    mine = [i for i in api.target.items("claims") if made["etag"] in str(i)]
    assert len(mine) == 1
    # TTL deletes days late: the record is there, but its time is over.
    api.target.put("claims", **(mine[0] | {"expires_at": {"N": "1700000000"}}))
    again = api.post(api.resource.sample(), headers)
    assert again.status_code == 201, again.text
    assert REPLAYED not in again.headers
