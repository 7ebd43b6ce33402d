"""Broken object level authorization (OWASP API1:2023): two callers, and every way to an item.

Ada has an item; for Bob it is not there, whatever he sends. His own are, beside hers.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicekit.fields import Ids, Key, ListQuery, Model, Name, Stored
from chalicekit.table import Table
from tests.contract.client import Api, assert_problem
from tests.contract.lines import asked, exported, further
from tests.issuing import Issuing
from tests.security.conftest import called_by

pytestmark = [pytest.mark.configures, pytest.mark.users, pytest.mark.usefixtures("owned")]

Json = dict[str, Any]
ORDERS: list[Json] = [{}, {"sort": "created_at"}, {"sort": "-created_at"}]


def missing(response: Any) -> None:
    """It is a 404 that tells nothing of the item."""
    body = assert_problem(response, 404, "not_found")
    assert "current" not in body
    assert "ETag" not in response.headers


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_an_export_holds_their_own(ada: Api, bob: Api, order: Json) -> None:
    ada.empty()
    hers, his = (sorted(api.made()["id"] for _ in range(3)) for api in (ada, bob))
    for api, own in ((ada, hers), (bob, his)):
        for limit in ({}, {"limit": "2"}):
            shown = [item["id"] for item in exported(api, **order, **limit)]
            assert sorted(shown) == own
    cursor = (further(asked(ada, limit="1", **order)) or {})["cursor"]
    refused = asked(bob, cursor=cursor, **order)
    assert_problem(refused, 400, "cursor_invalid", {"cursor": "invalid"})


def test_owned_items_have_no_segments(ada: Api) -> None:
    """They are read from an index: that of a Scan would show everybody's."""
    ada.made()
    told = dict.fromkeys(["segment", "segments"], "invalid")
    refused = asked(ada, segment="0", segments="1")
    assert_problem(refused, 400, "invalid_query", told)


@pytest.fixture
def hers(ada: Api) -> Json:
    return ada.made()


def test_each_sees_their_own(ada: Api, bob: Api, hers: Json) -> None:
    his = bob.made()
    assert ada.shown(hers["id"]) == hers
    assert bob.shown(his["id"]) == his
    missing(bob.get(hers["id"]))
    missing(ada.get(his["id"]))
    missing(bob.send("GET", f"/users/{hers['id']}", headers={"If-None-Match": hers["etag"]}))
    assert bob.send("HEAD", f"/users/{hers['id']}").status_code == 404


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_list_holds_their_own(ada: Api, bob: Api, order: Json) -> None:
    ada.empty()
    hers = [ada.made()["id"] for _ in range(5)]
    his = [bob.made()["id"] for _ in range(5)]
    for limit in (1, 2, 3, 100):
        listed = [item["id"] for item in ada.walked(limit=limit, **order)]
        assert sorted(listed) == sorted(hers)
        assert sorted(i["id"] for i in bob.walked(limit=limit, **order)) == sorted(his)


def test_by_id_and_by_email(ada: Api, bob: Api, hers: Json) -> None:
    his = bob.made()
    both = [("id", hers["id"]), ("id", his["id"])]
    assert ada.page(*both)["items"] == [hers]
    assert bob.page(*both)["items"] == [his]
    for email in (hers["email"], hers["email"].upper()):
        assert bob.page(email=email)["items"] == []
    assert ada.page(email=hers["email"])["items"] == [hers]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_cursor_is_its_caller_s(ada: Api, bob: Api, order: Json) -> None:
    for api in (ada, ada, bob, bob):
        api.made()
    cursor = ada.page(limit=1, **order)["next_cursor"]
    assert ada.page(limit=1, cursor=cursor, **order)["items"]
    response = bob.query(limit=1, cursor=cursor, **order)
    assert_problem(response, 400, "cursor_invalid", {"cursor": "invalid"})


PRECONDITIONS: list[Callable[[Json], Json]] = [
    lambda _: {},
    lambda item: {"If-Match": f'"{item["etag"]}"'},
    lambda _: {"If-Match": "*"},
    lambda _: {"If-Match": '"0123456789abcdef"'},
    lambda _: {"If-None-Match": "*"},
    lambda item: {"If-None-Match": f'"{item["etag"]}"'},
]


@pytest.mark.parametrize("precondition", PRECONDITIONS)
def test_no_write_reaches_another_s(
    ada: Api, bob: Api, hers: Json, precondition: Callable[[Json], Json]
) -> None:
    key, headers = hers["id"], precondition(hers)
    body = bob.resource.sample()
    missing(bob.put(key, body, headers))
    missing(bob.patch(key, {"name": "Mallory"}, headers))
    missing(bob.patch(key, {"email": "mallory@example.org"}, headers))
    missing(bob.delete(key, headers))
    missing(bob.put(key, body | {"etag": hers["etag"]}, headers))
    assert ada.shown(key) == hers


def test_nothing_in_a_body_makes_an_item_another_s(ada: Api, bob: Api, hers: Json) -> None:
    for name in ("_table", "owner", "_owner", "caller", "sub"):
        response = bob.post(bob.resource.sample() | {name: "users#ada"})
        assert_problem(response, 422, "invalid_body", {f"/{name}": "unknown"})
        response = ada.patch(hers["id"], {name: "users#bob"})
        assert_problem(response, 422, "invalid_body", {f"/{name}": "unknown"})
    assert ada.shown(hers["id"]) == hers


def test_what_is_taken_is_told_and_no_more(ada: Api, bob: Api, hers: Json) -> None:
    """A value is unique among all: that it is taken cannot be hidden, by whom it is."""
    for member in ("id", "email"):
        response = bob.post(bob.resource.sample() | {member: hers[member]})
        body = assert_problem(response, 409, f"{member}_taken", {f"/{member}": "taken"})
        told = json.dumps(body).replace(body["instance"], "")
        assert hers["name"] not in told
        assert hers["etag"] not in told
    his = bob.made()
    response = bob.patch(his["id"], {"email": hers["email"]})
    assert_problem(response, 409, "email_taken", {"/email": "taken"})
    assert ada.shown(hers["id"]) == hers


def test_an_email_that_is_freed_may_be_another_s(ada: Api, bob: Api, hers: Json) -> None:
    assert ada.delete(hers["id"]).status_code == 204
    his = bob.made(email=hers["email"])
    assert bob.page(email=hers["email"])["items"] == [his]
    assert ada.page(email=hers["email"])["items"] == []


def test_an_idempotency_key_is_its_caller_s(ada: Api, bob: Api) -> None:
    key = {"Idempotency-Key": "the-same-for-both"}
    hers, his = ada.resource.sample(), bob.resource.sample()
    first = ada.post(hers, key)
    assert first.status_code == 201
    second = bob.post(his, key)
    assert second.status_code == 201
    assert "Idempotent-Replayed" not in second.headers
    assert second.json()["id"] != first.json()["id"]
    again = bob.post(his, key)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (second.json(), "true")
    # The same body does not give the other's answer either.
    assert_problem(bob.post(hers, key), 422, "idempotency_key_reused")


def test_no_subject_is_another_s_by_its_spelling(users: Api, asks: Issuing, hers: Json) -> None:
    for subject in ("Ada", "ada ", " ada", "ada#", "a", "users#ada", "ada/..", "аda"):
        other = called_by(users, asks.bearer(subject))
        missing(other.get(hers["id"]))
        missing(other.delete(hers["id"]))
        assert hers["id"] not in [item["id"] for item in other.walked()]


def test_an_item_of_nobody_is_nobody_s(ada: Api, bob: Api) -> None:
    for number, owner in enumerate(({}, {"_table": {"S": "users"}}, {"_table": {"N": "7"}})):
        key = f"nobody-{number}"
        item = {"id": {"S": key}, "name": {"S": "N"}, "email": {"S": "n@n.org"}} | owner
        ada.target.client.put_item(TableName=ada.target.table("users"), Item=item)
        for api in (ada, bob):
            missing(api.get(key))
            missing(api.put(key, api.resource.sample()))
            missing(api.patch(key, {"name": "Mine"}))
            missing(api.delete(key))
            assert api.page(id=key)["items"] == []
            assert key not in [item["id"] for item in api.walked()]
        assert_problem(ada.post(ada.resource.sample() | {"id": key}), 409, "id_taken", TAKEN)


TAKEN = {"/id": "taken"}


def test_a_change_keeps_the_owner(ada: Api, bob: Api, hers: Json) -> None:
    assert ada.put(hers["id"], ada.resource.sample()).status_code == 200
    assert ada.patch(hers["id"], {"name": "Ada L."}).status_code == 200
    missing(bob.get(hers["id"]))
    assert hers["id"] in [item["id"] for item in ada.walked()]


# The callers are the same for each example, which is no harm.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["ada", "bob"]), min_size=1, max_size=12), st.integers(1, 4))
def test_law_lists_part_the_table(ada: Api, bob: Api, makers: list[str], limit: int) -> None:
    """What each made is in their own list once, and in no other."""
    ada.empty()
    apis = {"ada": ada, "bob": bob}
    made: dict[str, set[str]] = {"ada": set(), "bob": set()}
    for name in makers:
        made[name].add(apis[name].made()["id"])
    for name, api in apis.items():
        listed = [item["id"] for item in api.walked(limit=limit)]
        assert len(listed) == len(set(listed))
        assert set(listed) == made[name]


class ThingFields(Model):
    id: Key
    name: Name
    price: Decimal


class Thing(Stored, ThingFields):
    pass


class ThingQuery(ListQuery):
    id: Ids = None
    name: Name | None = None
    sort: Literal["created_at"] | None = None


@pytest.mark.parametrize("indexes", [[], ["name/created_at"], ["created_at", "name/price"]])
def test_an_index_that_would_show_others_items_is_refused(
    indexes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicekit.table.TABLES", [])
    with pytest.raises(TypeError, match=r"^'things' is owned: it takes indexes such as created_at"):
        Table(Thing, "things", indexes=indexes, owned=True)
    assert Table(Thing, "things", indexes=["created_at"], owned=True).owned
