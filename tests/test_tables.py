"""Each table that chalicelib speaks of is the one that infra/data.json makes."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from chalicekit import table as table_module
from chalicekit.fields import Key, Model, Name, Stored
from chalicekit.table import TABLES, Table
from tests.engines import ROOT
from tools.data import tables
from tools.resources import matching

for path in ROOT.glob("chalicelib/[!_]*.py"):
    import_module(f"chalicelib.{path.stem}")
OURS = [table for table in TABLES if table.model.__module__.startswith("chalicelib.")]


def test_every_table_is_as_its_module_says() -> None:
    assert matching.mismatches() == []


@pytest.mark.each_counts
@pytest.mark.parametrize("table", OURS, ids=lambda table: table.name)
def test_no_index_is_paid_for_in_vain(table: Table[Any]) -> None:
    made = next(t for t in tables.tables("app", "dev") if t["TableName"] == f"app-dev-{table.name}")
    names = {index["IndexName"] for index in made.get("GlobalSecondaryIndexes", [])}
    assert names == {index.name for index in table.lists.indexes}


class BookFields(Model):
    isbn: Key
    author: Name
    year: int


class Book(Stored, BookFields):
    pass


Properties = dict[str, Any]


def wrong_key(books: Properties) -> None:
    books["KeySchema"][0]["AttributeName"] = books["AttributeDefinitions"][0]["AttributeName"] = (
        "id"
    )


def no_index(books: Properties) -> None:
    del books["GlobalSecondaryIndexes"], books["AttributeDefinitions"][1:]


def misnamed_index(books: Properties) -> None:
    books["GlobalSecondaryIndexes"][0]["IndexName"] = "year-author"


def swapped_index(books: Properties) -> None:
    for key, name in zip(
        books["GlobalSecondaryIndexes"][0]["KeySchema"], ("year", "author"), strict=True
    ):
        key["AttributeName"] = name


def keys_only(books: Properties) -> None:
    books["GlobalSecondaryIndexes"][0]["Projection"] = {"ProjectionType": "KEYS_ONLY"}


def wrong_type(books: Properties) -> None:
    books["AttributeDefinitions"][2]["AttributeType"] = "S"


def undefined(books: Properties) -> None:
    del books["AttributeDefinitions"][2]


def renamed(books: Properties) -> None:
    books["TableName"] = "app-stage-book"


def unread(books: Properties) -> None:
    del books["KeySchema"][0]["AttributeName"]


LACKS = "infra/data.json: BooksTable lacks the index author-year (author, year)."


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Properties:
    """A table beside those of infra/data.json, as chalicelib/books.py would want it."""
    described: Properties = {
        "TableName": "app-stage-books",
        "AttributeDefinitions": [
            {"AttributeName": "isbn", "AttributeType": "S"},
            {"AttributeName": "author", "AttributeType": "S"},
            {"AttributeName": "year", "AttributeType": "N"},
        ],
        "KeySchema": [{"AttributeName": "isbn", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "author-year",
                "KeySchema": [
                    {"AttributeName": "author", "KeyType": "HASH"},
                    {"AttributeName": "year", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    }
    made = tables.resources("app", "stage") | {"BooksTable": described}
    monkeypatch.setattr(tables, "resources", lambda *_: made)
    monkeypatch.setattr(Book, "__module__", "chalicelib.books")
    others = [table for table in TABLES if table.name != "books"]  # a reader may have made some
    monkeypatch.setattr(table_module, "TABLES", others)
    Table(Book, "books", indexes=["author/year"])
    return described


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (wrong_key, "infra/data.json: BooksTable has the key id, chalicelib/books.py says isbn."),
        (no_index, LACKS),
        (misnamed_index, LACKS),
        (swapped_index, LACKS),
        (keys_only, "infra/data.json: BooksTable's index author-year must have projection ALL."),
        (wrong_type, "infra/data.json: BooksTable keeps year as S, chalicelib/books.py as N."),
        (undefined, "infra/data.json: BooksTable has no AttributeDefinitions of year."),
        (unread, "infra/data.json: KeyError 'AttributeName': tools/data/tables.py cannot read it."),
        (
            renamed,
            "infra/data.json has no table ${App}-${Stage}-books, which chalicelib/books.py needs.",
        ),
    ],
)
def test_what_does_not_match_is_a_line(
    damage: Callable[[Properties], None], line: str, books: Properties
) -> None:
    assert matching.mismatches() == []
    damage(books)
    assert matching.mismatches() == [line]


def test_the_claims_need_their_table(monkeypatch: pytest.MonkeyPatch) -> None:
    made = tables.resources("app", "stage")
    del made["ClaimsTable"]
    monkeypatch.setattr(tables, "resources", lambda *_: made)
    assert matching.mismatches() == [
        "infra/data.json has no table ${App}-${Stage}-claims with the key pk (S)."
    ]
