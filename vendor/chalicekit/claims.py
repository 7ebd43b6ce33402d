"""Claims on unique values: rows of the `claims` table, one for each value that is held.

They live in a table of their own, so that a Scan of a resource meets only its items, and no
cursor or key can reach them. Each is written in the transaction of the item that holds it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from . import settings
from .attributes import Item, Value, decode, encode
from .dynamodb import Write
from .expressions import Expression
from .failures import Refused
from .problems import Taken
from .stored import ETAG

LONGEST = 1024  # bytes of a value; a key has 2048


class Row(NamedTuple):
    """A write to the claims table that goes with an item's own.

    `member` is what is taken where the write is refused; None where it may then be left out.
    """

    pk: str
    write: Write
    member: str | None = None


class Claims:
    """The claims on the unique members of one table's items."""

    def __init__(self, table: str, unique: Sequence[str]) -> None:
        self._table = table
        self._unique = unique

    def added(self, item: Item, key: str) -> list[Row]:
        """The claims of an item that has none yet."""
        return [self._take(m, held, key) for m in self._unique if (held := _held(item, m))]

    def moved(self, old: Item, changes: Mapping[str, Value | None], key: str) -> list[Row]:
        """The claims that an update takes and frees; an item written by hand gets its first."""
        rows = []
        for member in self._unique:
            before = _held(old, member)
            after = changes.get(member, before)
            same = before is not None and after is not None and _same(before, after)
            if after and not same:
                rows.append(self._take(member, after, key))
            elif after and ETAG not in old:
                rows.append(self._take(member, after, key)._replace(member=None))
            if before and not same:
                rows.append(self._free(member, before, key))
        return rows

    def released(self, old: Item, key: str) -> list[Row]:
        """The claims that go with a deleted item."""
        return [self._free(m, held, key) for m in self._unique if (held := _held(old, m))]

    def _take(self, member: str, value: Value, key: str) -> Row:
        pk = unique_pk(self._table, member, decode(value))
        row = {"pk": encode(pk), "owner": encode(key)}
        return Row(pk, ("Put", on_claims(_mine(key)) | {"Item": row}), member)

    def _free(self, member: str, value: Value, key: str) -> Row:
        pk = unique_pk(self._table, member, decode(value))
        return Row(pk, ("Delete", on_claims(_mine(key)) | {"Key": {"pk": encode(pk)}}))


def left_out(skipped: set[str], rows: Sequence[Row], refused: Refused) -> set[str]:
    """The rows to do without: those refused while the item was as it was read.

    Where it was not, its rows were those of another state: all of them are wanted again. Raises
    Taken for a row that cannot be done without.
    """
    if refused.items[0] is not None:
        return set()
    others = refused_rows(rows, refused.items)
    if taken := [row.member for row in others if row.member]:
        raise Taken(taken) from None
    return skipped | {row.pk for row in others}


def refused_rows(rows: Sequence[Row], found: Sequence[Item | None]) -> list[Row]:
    """The rows that were refused; the first place of `found` is the item's own."""
    return [row for row, other in zip(rows, found[1:], strict=True) if other is not None]


def normal(value: object) -> str:
    """A unique value as it is compared: without regard to case or Unicode spelling."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", str(value)).casefold())


def unique_pk(table: str, member: str, value: object) -> str:
    """The key of the claim on a unique value; of a hash of it where it is longer than a key."""
    text = normal(value)
    if len(text.encode()) > LONGEST:  # only by hand: what a client may set is shorter
        text = sha256(text.encode()).hexdigest()
    return f"unique#{table}#{member}#{text}"


def table_name() -> str:
    """The full name of the claims table."""
    return settings.current().table("claims")


def on_claims(expression: Expression) -> dict[str, Any]:
    """The members of a write to the claims table, beside its item or key."""
    fixed = {"TableName": table_name(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return fixed | expression.parameters()


def _mine(owner: str) -> Expression:
    """Free, or held by this item: the two ends of a write that is repeated."""
    condition = Expression()
    pk, holder, me = condition.name("pk"), condition.name("owner"), condition.value(encode(owner))
    condition.require(f"(attribute_not_exists({pk}) OR {holder} = {me})")
    return condition


def _held(item: Item, member: str) -> Value | None:
    """The value that an item holds; a NULL, written by hand, is none."""
    value = item.get(member)
    return None if value is None or "NULL" in value else value


def _same(before: Value, after: Value) -> bool:
    return normal(decode(before)) == normal(decode(after))
