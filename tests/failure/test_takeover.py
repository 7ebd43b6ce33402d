"""Owned items, and a fault in the middle: the id is another's before the answer, or the retry.

Ada acts; while her request is under way the item is deleted, and Bob makes one with the same id.
Whatever was lost and is repeated, she sees nothing of his, and his stays as he made it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
import requests

from tests.contract.client import Api
from tests.issuing import Issuing
from tests.proxied import Proxied
from tests.proxy import Answer, Asked, Proxy, Rule
from tests.resources.users import USERS
from tests.targets import own, reread

pytestmark = [pytest.mark.users, pytest.mark.one_engine]

Json = dict[str, Any]
SHARED, SECRET = "shared", "Bob's own"
BODY = {"name": "Ada", "email": "shared@example.org"}
MOVED = {"name": "Ada", "email": "ada.moved@example.org"}

ACTIONS: dict[str, Callable[[Api, Json], requests.Response]] = {
    "post": lambda ada, _: ada.post(BODY | {"id": SHARED}),
    "post with a key": lambda ada, _: ada.post(BODY | {"id": SHARED}, {"Idempotency-Key": "k"}),
    "put": lambda ada, _: ada.put(SHARED, BODY),
    "put another email": lambda ada, _: ada.put(SHARED, MOVED),
    "put if it matches": lambda ada, item: ada.put(SHARED, BODY, {"If-Match": item["etag"]}),
    "put if there": lambda ada, _: ada.put(SHARED, MOVED, {"If-Match": "*"}),
    "put if it is not": lambda ada, _: ada.put(SHARED, BODY, {"If-None-Match": '"other"'}),
    "patch": lambda ada, _: ada.patch(SHARED, {"name": "Ada L."}),
    "patch the email": lambda ada, _: ada.patch(SHARED, {"email": MOVED["email"]}),
    "delete": lambda ada, _: ada.delete(SHARED),
    "delete if it matches": lambda ada, item: ada.delete(SHARED, {"If-Match": item["etag"]}),
    "get": lambda ada, _: ada.get(SHARED),
    "find by email": lambda ada, _: ada.query(email=BODY["email"]),
    "list": lambda ada, _: ada.query(),
}
OPERATIONS = ("PutItem", "UpdateItem", "DeleteItem", "GetItem", "TransactWriteItems", "Query")


@pytest.fixture
def callers(app: Proxied, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Api]]:
    """Ada, Ada in another process, and Bob."""
    with Issuing() as issuer:
        for name, value in issuer.settings.items():
            monkeypatch.setenv(name, value)
        own(monkeypatch)
        reread()
        apis = [app.api(USERS) for _ in range(3)]
        for api, name in zip(apis, ("ada", "ada", "bob"), strict=True):
            api.target.session.headers.update(issuer.bearer(name, algorithm="EdDSA"))
        yield apis
    monkeypatch.undo()
    reread()


@dataclass
class TakeOver:
    """Makes the id Bob's in the middle of a request: before it, or behind it, its answer lost."""

    elsewhere: Api
    bob: Api
    email: str
    lost: bool
    his: Json | None = None

    def __call__(self, asked: Asked, proxy: Proxy) -> Answer | None:
        if self.lost:
            asked.forward(None)
        proxy.reset()
        self.elsewhere.delete(SHARED)
        made = self.bob.post({"id": SHARED, "name": SECRET, "email": self.email})
        self.his = made.json() if made.status_code == 201 else None
        return None if self.lost else asked.forward(None)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("email", [BODY["email"], "bob@example.org"], ids=["same", "other"])
def test_nothing_of_the_next_owner_is_seen_or_changed(
    app: Proxied, callers: list[Api], action: str, email: str
) -> None:
    ada, elsewhere, bob = callers
    reached = 0
    for operation, number, lost in product(OPERATIONS, (1, 2, 3), (False, True)):
        app.clear()
        app.proxy.reset()
        item = {} if action.startswith("post") else ada.made(id=SHARED, **BODY)
        takeover = TakeOver(elsewhere, bob, email, lost)
        app.proxy.reset(Rule(takeover, operation, number))
        answer = ACTIONS[action](ada, item)
        app.proxy.settle()
        app.proxy.reset()
        if takeover.his:
            reached += 1
            told = answer.text + json.dumps(dict(answer.headers))
            assert SECRET not in told
            assert takeover.his["etag"] not in told
            assert answer.status_code != 500
            assert bob.shown(SHARED) == takeover.his
    assert reached
