"""What an index may hold is checked at import, not by DynamoDB at the first write."""

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import Field

from chalicekit.fields import Key, Model, Name, Stored
from chalicekit.indexes import Index, key_kind
from chalicekit.table import Table


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Rank(enum.IntEnum):
    LOW = 1
    HIGH = 2


class WareFields(Model):
    sku: Key
    title: Name
    price: Annotated[Decimal, Field(ge=0)] | None = None
    stock: Annotated[int, Field(ge=0)] = 0
    weight: float | None = None
    status: Literal["draft", "live"] = "draft"
    year: Literal[2025, 2026] | None = None
    colour: Colour | None = None
    rank: Rank = Rank.LOW
    released: date | None = None
    seen: datetime | None = None
    ref: UUID | None = None
    short: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    note: str | None = None
    empty: Annotated[str, Field(max_length=9)] = ""
    on_sale: bool = False
    tags: list[str] | None = None
    sizes: dict[str, int] | None = None
    mixed: str | int | None = None


class Ware(Stored, WareFields):
    pass


NUMBERS = ["price", "stock", "weight", "year", "rank"]
TEXTS = ["title", "status", "colour", "released", "seen", "ref", "short", "created_at", "sku"]


@pytest.mark.parametrize("member", NUMBERS + TEXTS)
def test_what_can_be_indexed(member: str) -> None:
    kind = "N" if member in NUMBERS else "S"
    assert Index.of(Ware, member) == (member, "_table", member, kind)
    by_title = Index.of(Ware, f"title/{member}")
    assert by_title == (f"title-{member}", "title", member, kind)
    assert Index.of(Ware, f"{member}/created_at").kind == "S"


NEITHER = ["note", "on_sale", "tags", "sizes", "mixed", "unheard"]


@pytest.mark.parametrize("member", [*NEITHER, "empty"])
def test_what_cannot_be_indexed(member: str) -> None:
    for text in (member, f"{member}/price", f"price/{member}"):
        with pytest.raises(TypeError, match=rf"^Ware\.{member}: .*index"):
            Table(Ware, "wares", indexes=[text])


@pytest.mark.parametrize("member", [*NUMBERS, *TEXTS, "empty"])
def test_what_can_be_unique(member: str) -> None:
    assert key_kind(Ware, member) == ("N" if member in NUMBERS else "S")


@pytest.mark.parametrize("member", NEITHER)
def test_what_cannot_be_unique(member: str) -> None:
    with pytest.raises(TypeError, match=rf"^Ware\.{member}: .*unique"):
        Table(Ware, "wares", unique=[member])
