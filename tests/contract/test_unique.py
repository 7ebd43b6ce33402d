"""A unique e-mail: one user has it, whatever its case, for just as long as that user keeps it."""

from uuid import uuid4

import pytest
import requests

from tests.contract.client import Api, assert_problem
from tests.resources import Json

TAKEN = {"/email": "taken"}


def assert_taken(response: requests.Response) -> None:
    assert_problem(response, 409, "email_taken", TAKEN)


def cases(email: str) -> list[str]:
    return [email, email.upper(), email.title(), email.swapcase()]


def claims(users: Api, text: str) -> list[Json]:
    return [item for item in users.target.items("claims") if text in str(item)]


def test_an_email_is_taken_in_any_case(users: Api) -> None:
    user, other = users.made(), users.made()
    for email in cases(user["email"]):
        assert_taken(users.post(users.resource.sample() | {"email": email}))
        assert_taken(users.patch(other["id"], {"email": email}))
        assert_taken(users.put(other["id"], users.resource.sample() | {"email": email}))
    assert users.shown(other["id"]) == other
    assert users.page(email=user["email"])["items"] == [user]


def test_case_folding_is_that_of_unicode(users: Api) -> None:
    token = uuid4().hex
    users.made(email=f"straße.{token}@example.org")
    assert_taken(users.post(users.resource.sample() | {"email": f"STRASSE.{token}@example.org"}))
    composed, apart = f"jos\u00e9.{token}@example.org", f"jose\u0301.{token}@example.org"
    users.made(email=composed)
    assert_taken(users.post(users.resource.sample() | {"email": apart}))


@pytest.mark.parametrize("method", ["put", "patch"])
def test_an_email_moves(users: Api, method: str) -> None:
    user = users.made()
    body = users.resource.sample()
    moved = getattr(users, method)(user["id"], body)
    assert moved.status_code == 200, moved.text
    assert users.page(email=user["email"])["items"] == []
    assert users.page(email=body["email"])["items"] == [moved.json()]
    heir = users.made(email=user["email"])
    assert users.page(email=user["email"])["items"] == [heir]
    assert_taken(users.patch(user["id"], {"email": user["email"]}))
    assert_taken(users.post(users.resource.sample() | {"email": body["email"]}))


@pytest.mark.parametrize("method", ["put", "patch"])
def test_only_the_case_of_an_email_changes(users: Api, method: str) -> None:
    user = users.made()
    local, _, domain = user["email"].partition("@")
    email = f"{local.upper()}@{domain}"
    body = users.resource.sample() | {"email": email}
    changed = getattr(users, method)(user["id"], body)
    assert changed.status_code == 200, changed.text
    assert changed.json()["email"] == email
    assert users.page(email=user["email"])["items"] == [changed.json()]
    assert_taken(users.post(users.resource.sample() | {"email": user["email"]}))
    assert users.delete(user["id"]).status_code == 204
    users.made(email=user["email"])


@pytest.mark.parametrize("method", ["put", "patch"])
def test_an_email_may_stay(users: Api, method: str) -> None:
    user = users.made()
    body = users.resource.sample() | {"email": user["email"]}
    same = getattr(users, method)(user["id"], body)
    assert (same.status_code, same.json()["email"]) == (200, user["email"])
    assert_taken(users.post(users.resource.sample() | {"email": user["email"]}))


def test_delete_frees_an_email(users: Api) -> None:
    user = users.made()
    assert users.delete(user["id"]).status_code == 204
    assert users.page(email=user["email"])["items"] == []
    heir = users.made(email=user["email"])
    assert heir["id"] != user["id"]
    assert users.page(email=user["email"])["items"] == [heir]


def test_a_refused_create_claims_nothing(users: Api) -> None:
    user = users.made()
    body = users.resource.sample()
    taken = users.post(body | {"id": user["id"]})
    assert_problem(taken, 409, "id_taken", {"/id": "taken"})
    assert users.page(email=body["email"])["items"] == []
    assert users.post(body).status_code == 201


def test_both_id_and_email_taken(users: Api) -> None:
    one, two = users.made(), users.made()
    body = users.resource.sample() | {"id": one["id"]}
    response = users.post(body | {"email": two["email"]})
    assert_problem(response, 409, "id_taken", {"/id": "taken", "/email": "taken"})
    response = users.post(body | {"email": one["email"]})
    assert response.json()["code"] == "id_taken"


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_refused_change_moves_nothing(users: Api, method: str) -> None:
    user, other = users.made(), users.made()
    change = getattr(users, method)
    body = users.resource.sample()
    assert_problem(change(user["id"], body, {"If-Match": '"x"'}), 412, "stale")
    assert_taken(change(user["id"], body | {"email": other["email"]}))
    assert users.shown(user["id"]) == user
    assert users.page(email=user["email"])["items"] == [user]
    assert users.post(body).status_code == 201


@pytest.mark.parametrize("method", ["put", "patch"])
def test_stale_comes_before_taken(users: Api, method: str) -> None:
    user, other = users.made(), users.made()
    body = users.resource.sample() | {"email": other["email"]}
    response = getattr(users, method)(user["id"], body, {"If-Match": '"x"'})
    assert assert_problem(response, 412, "stale")["current"] == user


def test_two_users_cannot_swap_through_a_conflict(users: Api) -> None:
    one, two = users.made(), users.made()
    assert_taken(users.patch(one["id"], {"email": two["email"]}))
    assert users.patch(one["id"], {"email": f"x{one['email']}"}).status_code == 200
    assert users.patch(two["id"], {"email": one["email"]}).status_code == 200
    assert users.patch(one["id"], {"email": two["email"]}).status_code == 200
    assert users.page(email=one["email"])["items"] == [users.shown(two["id"])]
    assert users.page(email=two["email"])["items"] == [users.shown(one["id"])]


@pytest.mark.tables
def test_claims_follow_the_user(users: Api) -> None:
    user = users.made()
    first = {"pk": {"S": f"unique#users#email#{user['email']}"}, "owner": {"S": user["id"]}}
    assert claims(users, user["id"]) == [first]
    email = users.resource.sample()["email"]
    users.patch(user["id"], {"email": email})
    second = {"pk": {"S": f"unique#users#email#{email}"}, "owner": {"S": user["id"]}}
    assert claims(users, user["id"]) == [second]
    users.patch(user["id"], {"email": email.upper()})
    assert claims(users, user["id"]) == [second]
    users.delete(user["id"])
    assert claims(users, user["id"]) == []


def test_a_claim_cannot_be_reached_as_a_user(users: Api) -> None:
    user = users.made()
    for key in (f"unique%23users%23email%23{user['email']}", "unique#users", "request"):
        assert users.get(key).status_code == 404
