"""Each table that chalicelib speaks of is the one that infra/data.json makes."""

from importlib import import_module
from typing import Any

import pytest

from chalicekit.indexes import PARTITION, key_kind
from chalicekit.table import Table
from tests.engines import ROOT
from tools.tables import tables

MODULES = [import_module(f"chalicelib.{path.stem}") for path in ROOT.glob("chalicelib/[!_]*.py")]
TABLES = [value for m in MODULES for value in vars(m).values() if isinstance(value, Table)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_has_the_key_and_the_indexes_of_its_module(table: Table[Any]) -> None:
    made = next(t for t in tables("app", "dev") if t["TableName"] == f"app-dev-{table.name}")
    indexes = {i["IndexName"]: keys(i) for i in made.get("GlobalSecondaryIndexes", [])}
    assert keys(made) == {"HASH": table.key}
    assert indexes == {
        index.name: {"HASH": index.partition, "RANGE": index.sort} for index in table.lists.indexes
    }
    members = {table.key, *(name for index in indexes.values() for name in index.values())}
    assert {a["AttributeName"]: a["AttributeType"] for a in made["AttributeDefinitions"]} == {
        name: "S" if name == PARTITION else key_kind(table.model, name) for name in members
    }


def keys(described: dict[str, Any]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in described["KeySchema"]}
