"""Items written straight into a table, as other code would write them."""

from typing import Any
from uuid import uuid4

from tests.contract.client import Api
from tests.resources import Json

ATTRIBUTES: Json = {
    "old_nickname": {"S": "Countess"},
    "old_visits": {"N": "12345678901234567890.5"},
    "old_tags": {"SS": ["a", "b"]},
    "old_photo": {"B": b"\x00\xff"},
    "old_address": {
        "M": {"city": {"S": "London"}, "lines": {"L": [{"NULL": True}, {"BOOL": False}]}}
    },
    "name ": {"S": "an attribute with a space"},
}


def by_hand(api: Api, key: str = "", /, **attributes: Any) -> str:
    """Write an item straight into the table; gives its key."""
    key = key or f"hand-{uuid4().hex}"
    api.target.put(api.resource.table, **{api.resource.key: {"S": key}}, **attributes)
    return key


def stored(api: Api, key: str) -> Json:
    name = api.target.table(api.resource.table)
    found: Json = api.target.client.get_item(
        TableName=name, Key={api.resource.key: {"S": key}}, ConsistentRead=True
    )["Item"]
    return found


def text(value: str) -> dict[str, str]:
    return {"S": value}
