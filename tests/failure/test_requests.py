"""How often each call asks DynamoDB when nothing fails."""

from collections import Counter
from collections.abc import Callable

import pytest
import requests

from tests.failure.actions import ACTIONS, EMAIL, KEYED, NEW, OLD, Action
from tests.proxied import Proxied, assert_sound
from tests.resources import Json
from tests.resources.users import USERS


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_as_few_as_the_design_says(app: Proxied, action: Action) -> None:
    send = action.ready(app)
    app.proxy.reset()
    response = send()
    assert response.status_code == action.success, response.text
    assert app.proxy.counts == Counter(action.asks)
    assert_sound(app)


def test_head_asks_as_get_does(app: Proxied) -> None:
    key = app.users.made()["id"]
    app.proxy.reset()
    assert app.users.send("HEAD", f"/users/{key}").status_code == 200
    assert app.proxy.counts == {"GetItem": 1}


Case = tuple[Callable[[], requests.Response], int, list[str]]


def test_what_is_missing(app: Proxied) -> None:
    cases: list[Case] = [
        (lambda: app.users.get("missing"), 404, ["GetItem"]),
        (lambda: app.users.query(email=EMAIL), 200, ["GetItem"]),
        (lambda: app.users.put("missing", NEW[USERS]), 404, ["UpdateItem"]),
        (lambda: app.users.patch("missing", {"name": "Ada"}), 404, ["UpdateItem"]),
        (lambda: app.users.delete("missing"), 404, ["GetItem"]),
    ]
    for ask, status, operations in cases:
        app.proxy.reset()
        assert ask().status_code == status
        assert app.proxy.counts == Counter(operations)


def test_what_is_taken_or_stale(app: Proxied) -> None:
    one, other = app.users.made(**OLD[USERS]), app.users.made()
    taken: Json = {"email": other["email"]}
    stale = {"If-Match": '"x"'}
    cases: list[Case] = [
        (lambda: app.users.post(NEW[USERS] | taken), 409, ["TransactWriteItems"]),
        (lambda: app.users.post(NEW[USERS] | {"id": one["id"]}), 409, ["TransactWriteItems"]),
        (lambda: app.users.patch(one["id"], taken), 409, ["UpdateItem", "TransactWriteItems"]),
        (lambda: app.users.patch(one["id"], {"name": "Ada"}, stale), 412, ["UpdateItem"]),
        (lambda: app.users.patch(one["id"], taken, stale), 412, ["UpdateItem"]),
        (lambda: app.users.delete(one["id"], stale), 412, ["GetItem"]),
    ]
    for ask, status, operations in cases:
        app.proxy.reset()
        assert ask().status_code == status
        assert app.proxy.counts == Counter(operations)


@pytest.mark.parametrize("resource", ["users", "wares"])
def test_a_replay(app: Proxied, resource: str) -> None:
    api = getattr(app, resource)
    body = api.resource.sample()
    assert api.post(body, KEYED).status_code == 201
    app.proxy.reset()
    assert "Idempotent-Replayed" in api.post(body, KEYED).headers
    assert app.proxy.counts == {"TransactWriteItems": 1}


def test_a_keyed_item_is_deleted_with_its_record_in_one_transaction(app: Proxied) -> None:
    for api, last in ((app.users, "TransactWriteItems"), (app.wares, "TransactWriteItems")):
        body = api.resource.sample()
        key = api.post(body, KEYED).json()[api.resource.key]
        app.proxy.reset()
        assert api.delete(key).status_code == 204
        assert app.proxy.counts == Counter(["GetItem", last])
        assert_sound(app)


def test_health_does_not_ask(app: Proxied) -> None:
    app.proxy.reset()
    assert app.users.send("GET", "/health").status_code == 200
    assert app.users.send("OPTIONS", "/users").status_code == 204
    assert app.users.send("GET", "/users?limit=0").status_code == 400
    assert app.users.post({}).status_code == 422
    assert app.proxy.total == 0
