"""What operations work on: a stage's tables, filled past the API, and looked at."""

from dataclasses import dataclass
from typing import Any

from chalicekit.claims import normal
from chalicekit.table import TABLES, Table
from tests.engines import APP, STAGE
from tools.backfill import run as backfill
from tools.backfill.checkpoint import Tally
from tools.backfill.items import Plan

Item = dict[str, Any]
KEYS = {"users": "id", "wares": "sku", "claims": "pk"}


@dataclass(frozen=True)
class Held:
    """The tables behind a client of DynamoDB. `suffix` is that of restored ones."""

    client: Any
    stage: str = STAGE
    suffix: str = ""

    def name(self, table: str) -> str:
        return f"{APP}-{self.stage}-{table}{self.suffix}"

    def put(self, table: str, /, **item: Any) -> None:
        """Write an item of texts, or of DynamoDB's notation, as a hand would."""
        put = {n: v if isinstance(v, dict) else {"S": v} for n, v in item.items()}
        self.client.put_item(TableName=self.name(table), Item=put)

    def claim(self, table: str, member: str, value: str, owner: str) -> None:
        self.put("claims", pk=f"unique#{table}#{member}#{normal(value)}", owner=owner)

    def items(self, table: str) -> dict[str, Item]:
        pages = self.client.get_paginator("scan").paginate(TableName=self.name(table))
        found = [item for page in pages for item in page["Items"]]
        return {item[KEYS[table]]["S"]: item for item in found}

    def claims(self) -> dict[str, str]:
        """The owners of unique values."""
        rows = self.items("claims").values()
        unique = [row for row in rows if row["pk"]["S"].startswith("unique#")]
        return {row["pk"]["S"].removeprefix("unique#"): row["owner"]["S"] for row in unique}

    def all(self) -> dict[str, dict[str, Item]]:
        ours = ("users", "claims") if self.suffix else KEYS  # wares are a test's, never restored
        return {table: self.items(table) for table in ours}

    def clear(self) -> None:
        for table, key in KEYS.items():
            for item in self.items(table).values():
                self.client.delete_item(TableName=self.name(table), Key={key: item[key]})


def mended(*tables: Table[Any], **plan: Any) -> Tally:
    """What a backfill of these tables did, in this process; of users and wares by default."""
    ours = [table for table in TABLES if table.name in KEYS]
    return backfill.run(tables or ours, Plan(**plan), show=lambda _: None)


def assert_sound(held: Held) -> None:
    """Each e-mail belongs to one user, who has its claim, and there are no other claims."""
    users = held.items("users")
    wanted = {f"users#email#{normal(user['email']['S'])}": key for key, user in users.items()}
    assert len(wanted) == len(users)
    assert held.claims() == wanted
    assert all("etag" in user and user["_table"] == {"S": "users"} for user in users.values())
