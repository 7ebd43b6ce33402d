"""Items that other code wrote: a change does them no harm."""

import re

import pytest

from tests.contract.client import Api, assert_problem, etag_of
from tests.contract.rows import ATTRIBUTES, by_hand, stored, text
from tests.resources import STORED

pytestmark = pytest.mark.tables


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


@pytest.mark.parametrize("method", ["put", "patch"])
@pytest.mark.parametrize("etag", ["a,b", "*", "W/x", "x" * 128])
def test_an_etag_in_the_body_is_taken_as_it_stands(api: Api, method: str, etag: str) -> None:
    key = by_hand(api, **{api.resource.text: text("One"), "etag": text(etag)})
    body = api.resource.sample() | {"etag": etag}
    done = getattr(api, method)(key, body)
    assert done.status_code == 200, done.text
    assert_problem(getattr(api, method)(key, body), 412, "stale")


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
    many = {f"attribute_{number}": {"S": "x"} for number in range(310)}
    key = by_hand(api, **{api.resource.text: text("One")}, **many)
    etag = {"If-Match": f'"{api.shown(key)["etag"]}"'}
    args = (key,) if method == "delete" else (key, api.resource.sample())
    response = getattr(api, method)(*args, etag)
    assert response.status_code in (200, 204), response.text
    if method != "delete":
        assert stored(api, key)["attribute_309"] == {"S": "x"}


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


@pytest.mark.parametrize("method", ["put", "patch"])
def test_its_email_is_claimed_at_its_first_change(users: Api, method: str) -> None:
    email = users.resource.sample()["email"]
    key = by_hand(users, name=text("Ada"), email=text(email))
    body = users.resource.sample() | {"name": "Ada King", "email": email}
    changed = getattr(users, method)(key, body)
    assert changed.status_code == 200, changed.text
    assert users.page(email=email)["items"] == [changed.json()]
    response = users.post(users.resource.sample() | {"email": email.upper()})
    assert_problem(response, 409, "email_taken", {"/email": "taken"})
    assert users.delete(key).status_code == 204
    users.made(email=email)


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


@pytest.mark.scans
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


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_hash_that_must_not_match(api: Api, method: str) -> None:
    key = by_hand(api, **{api.resource.text: text("One")})
    unwanted = {"If-None-Match": f'"{api.shown(key)["etag"]}"'}
    args = (key,) if method == "delete" else (key, api.resource.sample())
    assert_problem(getattr(api, method)(*args, unwanted), 412, "exists")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("email", [text("e" * 3000), {"NULL": True}, {"N": "7"}])
def test_an_email_that_is_none(users: Api, method: str, email: dict[str, object]) -> None:
    key = by_hand(users, name=text("Ada"), email=email)
    args = (key,) if method == "delete" else (key, users.resource.sample())
    response = getattr(users, method)(*args)
    assert response.status_code in (200, 204), response.text
    claim = {"pk": text("unique#users#email#none")}
    table = users.target.table("claims")
    assert "Item" not in users.target.client.get_item(TableName=table, Key=claim)
