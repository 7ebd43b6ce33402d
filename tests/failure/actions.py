"""What clients do, each as one request to the API, and what it must leave in the table."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.proxied import Proxied, assert_sound
from tests.resources import Json, Resource
from tests.resources.users import USERS
from tests.resources.wares import WARES

MARK = "zyx"  # in all that clients send; it must not be in the log
OLD = {
    USERS: USERS.sample() | {"name": f"{MARK} Old", "email": f"{MARK}.old@example.org"},
    WARES: {"title": f"{MARK} Old", "price": "1.5", "note": f"{MARK} note"},
}
NEW = {
    USERS: USERS.sample() | {"name": f"{MARK} New", "email": f"{MARK}.new@example.org"},
    WARES: {"title": f"{MARK} New", "price": "2.5", "note": f"{MARK} other"},
}
EMAIL = OLD[USERS]["email"]
TOKEN = {"Authorization": f"Bearer {MARK}"}
KEYED = {"Idempotency-Key": f"{MARK}-key"}


@dataclass(frozen=True)
class Action:
    """One request, sent while one item, OLD, stands in the table.

    `{key}` in the path is that item's key. `asks` is what it asks of DynamoDB when nothing
    fails: these operations, in this order.
    """

    name: str
    resource: Resource
    method: str
    path: str
    asks: tuple[str, ...]
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
    if_match: bool = False

    def __str__(self) -> str:
        return f"{self.resource.table}-{self.name}"

    @property
    def success(self) -> int:
        return {"POST": 201, "DELETE": 204}.get(self.method, 200)

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def write(self) -> str:
        """The operation that does it; for reads the last one."""
        return self.asks[-1]

    @property
    def looks_again(self) -> bool:
        """Whether it reads the item after a write that was lost, rather than writing again."""
        return self.asks == ("UpdateItem",) and not self.if_match

    @property
    def before(self) -> list[Json]:
        return [OLD[self.resource]]

    @property
    def left(self) -> list[Json]:
        """What clients have set of the items that are in the table when it is done."""
        old, new = OLD[self.resource], self.body or {}
        new = {name: value for name, value in new.items() if name != self.resource.key}
        return {
            "GET": [old],
            "POST": [old, new],
            "PUT": [new],
            "PATCH": [old | new],
            "DELETE": [],
        }[self.method]

    def ready(self, app: Proxied) -> Callable[[], requests.Response]:
        """Make the item, and give what sends the request, over a session of its own."""
        api = app.api(self.resource)
        made = api.post(OLD[self.resource]).json()
        headers = TOKEN | self.headers
        if self.if_match:
            headers["If-Match"] = f'"{made["etag"]}"'
        path = f"{self.resource.path}{self.path.format(key=made[self.resource.key])}"
        return lambda: api.send(self.method, path, json=self.body, headers=headers)


def assert_done(app: Proxied, action: Action) -> None:
    """It was done once, whole, and nothing else was."""
    _assert_left(app, action, [action.left])


def assert_done_or_not(app: Proxied, action: Action) -> None:
    """It was done once, or not at all; whole, and nothing else was."""
    _assert_left(app, action, [action.left, action.before])


def _assert_left(app: Proxied, action: Action, allowed: list[list[Json]]) -> None:
    app.proxy.settle()
    names = action.resource.members - {action.resource.key}
    items = assert_sound(app)[action.resource.table].values()
    left = [{name: item[name] for name in names if name in item} for item in items]
    assert sorted(left, key=_order) in [sorted(items, key=_order) for items in allowed]


def _order(item: Json) -> str:
    return json.dumps(item, sort_keys=True)


def _both(resource: Resource) -> list[Action]:
    new, key, text = NEW[resource], resource.key, resource.text
    create = "TransactWriteItems" if resource.unique else "PutItem"
    delete = "TransactWriteItems" if resource.unique else "DeleteItem"
    stays: Json = {text: new[text]}
    whole = new | ({resource.unique: OLD[resource][resource.unique]} if resource.unique else {})

    def action(name: str, method: str, path: str, *asks: str, **more: Any) -> Action:
        return Action(name, resource, method, path, asks, **more)

    return [
        action("get", "GET", "/{key}", "GetItem"),
        action("list", "GET", "", "Scan"),
        action("sorted", "GET", "?sort=-created_at", "Query"),
        action("ids", "GET", f"?{key}={{key}}&{key}=missing", "BatchGetItem"),
        action("create", "POST", "", create, body=new),
        action("create-given", "POST", "", create, body=new | {key: "given-1"}),
        action("create-keyed", "POST", "", "TransactWriteItems", body=new, headers=KEYED),
        action("replace", "PUT", "/{key}", "UpdateItem", body=whole),
        action("replace-if", "PUT", "/{key}", "UpdateItem", body=whole, if_match=True),
        action("patch", "PATCH", "/{key}", "UpdateItem", body=stays),
        action("patch-if", "PATCH", "/{key}", "UpdateItem", body=stays, if_match=True),
        action("delete", "DELETE", "/{key}", "GetItem", delete),
        action("delete-if", "DELETE", "/{key}", "GetItem", delete, if_match=True),
    ]


_move = ("UpdateItem", "TransactWriteItems")
_new = NEW[USERS]
_address = {"email": _new["email"]}
_case = {"email": f"{MARK.upper()}.{EMAIL.partition('.')[2]}"}
ACTIONS = [
    *_both(USERS),
    *_both(WARES),
    Action("by-email", USERS, "GET", f"?email={EMAIL}", ("GetItem", "GetItem")),
    Action("move", USERS, "PUT", "/{key}", _move, _new),
    Action("move-if", USERS, "PUT", "/{key}", _move, _new, if_match=True),
    Action("move-patch", USERS, "PATCH", "/{key}", _move, _address),
    Action("recase", USERS, "PATCH", "/{key}", ("UpdateItem", "UpdateItem"), _case),
]
READS = [action for action in ACTIONS if not action.writes]
WRITES = [action for action in ACTIONS if action.writes]
