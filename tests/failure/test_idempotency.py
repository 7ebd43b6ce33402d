"""Idempotency records: how long they hold, what they keep, and which reason wins."""

import time
from types import SimpleNamespace

import pytest

from chalicekit import idempotency
from tests.contract.client import Api, assert_problem
from tests.contract.rows import by_hand
from tests.failure.actions import KEYED, MARK, NEW, OLD
from tests.proxied import Proxied, assert_sound
from tests.proxy import Rule
from tests.resources import Json
from tests.resources.users import USERS

DAY = 24 * 60 * 60
REPLAYED = "Idempotent-Replayed"


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Set the clock that records are written and judged by."""
    monkeypatch.setattr(idempotency, "time", SimpleNamespace(time=lambda: seconds))


def record(app: Proxied) -> Json:
    (found,) = (row for pk, row in app.rows("claims").items() if pk.startswith("request#"))
    return found


def test_it_holds_for_a_day_to_the_second(
    app: Proxied, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = int(time.time())
    at(monkeypatch, begun + 0.7)
    first = api.post(OLD[api.resource], KEYED).json()
    assert record(app)["expires_at"] == str(begun + DAY)
    at(monkeypatch, begun + DAY - 0.001)
    again = api.post(OLD[api.resource], KEYED)
    assert (again.json(), again.headers[REPLAYED]) == (first, "true")
    assert_problem(api.post(NEW[api.resource], KEYED), 422, "idempotency_key_reused")
    # TTL has not deleted it yet.
    at(monkeypatch, begun + DAY)
    second = api.post(NEW[api.resource], KEYED)
    assert second.status_code == 201, second.text
    assert REPLAYED not in second.headers
    assert record(app)["owner"] == second.json()[api.resource.key] != first[api.resource.key]
    again = api.post(NEW[api.resource], KEYED)
    assert (again.json(), again.headers[REPLAYED]) == (second.json(), "true")


def test_an_item_outlives_its_record(
    app: Proxied, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleting it then leaves alone what the key has made since, or what TTL took away."""
    begun = time.time()
    at(monkeypatch, begun)
    first = api.post(OLD[api.resource], KEYED).json()
    at(monkeypatch, begun + DAY + 1)
    second = api.post(NEW[api.resource], KEYED).json()
    assert api.delete(first[api.resource.key]).status_code == 204
    assert "item" in record(app)
    app.target.clear("claims", "pk")  # TTL, and any claims with it
    assert api.delete(second[api.resource.key]).status_code == 204
    assert not app.rows(api.resource.table)


def test_a_record_that_is_gone_too_early(app: Proxied, api: Api) -> None:
    key = api.post(OLD[api.resource], KEYED).json()[api.resource.key]
    app.target.client.delete_item(
        TableName=app.target.table("claims"), Key={"pk": {"S": record(app)["pk"]}}
    )
    assert api.delete(key).status_code == 204
    assert not app.rows("claims")


def test_deleting_blanks_it(app: Proxied, api: Api) -> None:
    made = api.post(OLD[api.resource], KEYED).json()
    assert MARK in str(record(app))
    assert api.delete(made[api.resource.key]).status_code == 204
    assert MARK not in str(app.rows("claims"))
    assert record(app).keys() == {"pk", "owner", "fingerprint", "expires_at"}
    assert_problem(api.post(OLD[api.resource], KEYED), 409, "idempotency_key_spent")
    assert_problem(api.post(NEW[api.resource], KEYED), 422, "idempotency_key_reused")
    assert not app.rows(api.resource.table)


def test_deleting_blanks_one_that_ttl_has_not_deleted_yet(
    app: Proxied, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = time.time()
    made = api.post(OLD[api.resource], KEYED).json()
    at(monkeypatch, begun + 3 * DAY)
    assert api.delete(made[api.resource.key]).status_code == 204
    assert MARK not in str(app.rows("claims"))


@pytest.mark.parametrize(
    "request_member",
    [
        {"S": "request"},
        {"M": {}},
        {"M": {"expires_at": {"N": "99999999999"}}},
        {"M": {"pk": {"N": "1"}, "expires_at": {"N": "99999999999"}}},
        {"M": {"pk": {"S": "request#none"}, "expires_at": {"S": "never"}}},
        {"M": {"pk": {"S": "request#none"}, "expires_at": {"N": "99999999999"}}},
    ],
)
def test_a_member_of_its_name_by_hand(app: Proxied, api: Api, request_member: Json) -> None:
    by_hand(api, "1", **{idempotency.REQUEST: request_member})
    assert api.delete("1").status_code == 204
    assert not app.rows(api.resource.table)
    assert not app.rows("claims")


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "500_after", "conflict_reason"])
def test_it_is_blanked_through_faults(app: Proxied, api: Api, fault: str) -> None:
    made = api.post(OLD[api.resource], KEYED).json()
    app.proxy.reset(Rule(fault, "TransactWriteItems"))
    assert api.delete(made[api.resource.key]).status_code == 204
    assert "item" not in record(app)
    assert_sound(app)


def test_the_key_itself_is_not_kept(app: Proxied, api: Api) -> None:
    """Callers may put anything into it."""
    assert api.post(api.resource.sample(), KEYED).status_code == 201
    assert MARK not in str([app.rows(table) for table in ("users", "wares", "claims")])


def test_of_several_reasons(app: Proxied) -> None:
    """First the Idempotency-Key, then the id, then the unique values."""
    one = app.users.post(OLD[USERS], KEYED).json()
    other = app.users.made()
    both = USERS.sample() | {"id": other["id"], "email": OLD[USERS]["email"]}
    app.proxy.reset()
    assert_problem(app.users.post(both, KEYED), 422, "idempotency_key_reused")
    assert_problem(app.users.post(both), 409, "id_taken", {"/id": "taken", "/email": "taken"})
    assert_problem(app.users.post(both | {"id": "free"}), 409, "email_taken", {"/email": "taken"})
    mail = both | {"email": "free@example.org"}
    assert_problem(app.users.post(mail), 409, "id_taken", {"/id": "taken"})
    # A conflict beside failed conditions is tried again: it may hide another reason.
    app.proxy.reset(Rule("conflict_reason"))
    assert_problem(app.users.post(both), 409, "id_taken", {"/id": "taken", "/email": "taken"})
    assert app.proxy.counts == {"TransactWriteItems": 2}
    assert app.users.delete(one["id"]).status_code == 204
    assert_problem(app.users.post(OLD[USERS], KEYED), 409, "idempotency_key_spent")
    assert_problem(app.users.post(both, KEYED), 422, "idempotency_key_reused")
