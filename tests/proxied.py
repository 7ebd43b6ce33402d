"""The app in this process, with a fault-injecting proxy between it and an engine.

with behind(engine) as app:
    app.proxy.reset(Rule("cut_after", "PutItem"))
    app.wares.post({...})
    assert_sound(app)
"""

import json
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chalice.app import Chalice
from chalice.config import Config

from chalicekit.claims import normal
from tests.contract.client import Api
from tests.engines import APP, STAGE, Engine
from tests.proxy import Proxy
from tests.resources import Json, Resource
from tests.resources.users import USERS
from tests.resources.wares import WARES
from tests.targets import Target, in_process
from tests.wire import InProcess

TABLES = {"users": "id", "wares": "sku", "claims": "pk"}
BASE_URL = "http://127.0.0.1"
BARE = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Date": "20260101T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=none",
}


@dataclass(frozen=True)
class Tables:
    """What an engine holds, asked for directly: a bare request costs a quarter of botocore's."""

    engine_url: str

    def rows(self, table: str) -> dict[str, Json]:
        """Everything in a table, as plain values by key."""
        items = self._items(table)
        return {item[TABLES[table]]["S"]: plain(item) for item in items}

    def clear(self) -> None:
        self._write(
            (name(table), {"DeleteRequest": {"Key": {key: item[key]}}})
            for table, key in TABLES.items()
            for item in self._items(table)
        )

    def fill(self, table: str, items: Iterable[Json]) -> None:
        """Put items, in DynamoDB's notation."""
        self._write((name(table), {"PutRequest": {"Item": item}}) for item in items)

    def remove(self, table: str, key: str) -> None:
        self._write([(name(table), {"DeleteRequest": {"Key": {TABLES[table]: {"S": key}}}})])

    def _write(self, writes: Iterable[tuple[str, Json]]) -> None:
        rest = list(writes)
        while rest:
            requests: dict[str, list[Json]] = {}
            for table, request in rest[:25]:  # what one request may hold
                requests.setdefault(table, []).append(request)
            left = self._ask("BatchWriteItem", {"RequestItems": requests})
            assert left["UnprocessedItems"] == {}, left
            rest = rest[25:]

    def _items(self, table: str) -> list[Json]:
        items: list[Json] = []
        place: Json = {}
        while True:
            answer = self._ask("Scan", {"TableName": name(table)} | place)
            items += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return items
            place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _ask(self, operation: str, parameters: Json) -> Json:
        request = urllib.request.Request(
            self.engine_url,
            json.dumps(parameters).encode(),
            BARE | {"X-Amz-Target": f"DynamoDB_20120810.{operation}"},
        )
        with urllib.request.urlopen(request, timeout=20) as response:
            answer: Json = json.load(response)
        return answer


@dataclass(frozen=True)
class Proxied(Tables):
    """The app behind its proxy. `target.client` reaches the tables past both."""

    chalice: Chalice
    config: Config
    proxy: Proxy
    target: Target

    @property
    def users(self) -> Api:
        return self.api(USERS)

    @property
    def wares(self) -> Api:
        return self.api(WARES)

    def api(self, resource: Resource) -> Api:
        """The resource, over a session of its own: one for each thread."""
        target = Target(self.target.name, BASE_URL, self.target.client)
        target.session.trust_env = False
        target.session.mount(BASE_URL, InProcess(self.chalice, self.config))
        return Api(target, resource)


@contextmanager
def behind(engine: Engine) -> Iterator[Proxied]:
    """The app on that engine, in this process."""
    with (
        Proxy(engine.url) as proxy,
        in_process(AWS_ENDPOINT_URL_DYNAMODB=proxy.url) as (chalice, config),
    ):
        target = Target("engine", BASE_URL, engine.client())
        yield Proxied(engine.url, chalice, config, proxy, target)


def name(table: str) -> str:
    """The full name of a table."""
    return f"{APP}-{STAGE}-{table}"


def plain(item: Json) -> Json:
    """An item in DynamoDB's notation as plain values, its types left out."""
    return {name: _plain(value) for name, value in item.items()}


def _plain(value: Json) -> Any:
    ((kind, inner),) = value.items()
    return plain(inner) if kind == "M" else inner


def assert_sound(app: Tables) -> dict[str, dict[str, Json]]:
    """Nothing is half written: items, claims and idempotency records agree with each other.

    Gives what is in the tables.
    """
    tables = {name: app.rows(name) for name in TABLES}
    users = tables["users"].values()
    claims = {pk: row for pk, row in tables["claims"].items() if pk.startswith("unique#")}
    held = {f"unique#users#email#{normal(user['email'])}": user["id"] for user in users}
    assert len(held) == len(users), "two users have one e-mail"
    assert {pk: row["owner"] for pk, row in claims.items()} == held
    for pk, row in tables["claims"].items():
        if pk.startswith("request#"):
            made = tables[pk.split("#")[1]].get(row["owner"])
            assert (made is None) == ("item" not in row), (made, row)
            if made is not None:
                assert made["created_at"] == row["item"]["created_at"]
    return tables
