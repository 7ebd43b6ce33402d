"""Pages of a table: a Scan in the table's own order, a Query on an index, or items by value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from botocore.exceptions import ClientError
from pydantic import BaseModel

from . import claims, cursor, dynamodb, settings
from .attributes import Item, OutOfRange, Value, decode, encode
from .call import Call
from .expressions import Expression
from .fields import ListQuery
from .indexes import PARTITION, Index, key_kind
from .owners import Owners
from .problems import BadQuery, parameter_error

PAGING = {"limit", "cursor"}
# Items of a read of an export: more than 1 MB has, of any but the smallest. DynamoDB itself stops
# there; an emulator may read all of a table where no number stops it.
EXPORTED = 10_000


class Lists:
    """The lists that a table offers; refuses at import (TypeError) what no index serves."""

    def __init__(
        self,
        model: type[BaseModel],
        table: str,
        key: str,
        query: type[ListQuery],
        unique: Sequence[str],
        indexes: Sequence[str],
        owners: Owners,
    ) -> None:
        self.table, self.key, self.query, self.unique = table, key, query, unique
        self._owners = owners
        self.indexes = [Index.of(model, text) for text in indexes]
        for member in unique:
            key_kind(model, member)
        self._check(query)

    def page(self, query: ListQuery, call: Call) -> tuple[list[Item], str | None]:
        """The items of a page and the cursor behind them. Raises BadQuery."""
        asked = {
            name: value
            for name in type(query).model_fields
            if name not in PAGING | {"sort"} and (value := getattr(query, name)) is not None
        }
        if self.key in asked:
            self._only(query, {self.key})
            _unsegmented(call, self.key)
            return self._visible(self._by_keys(asked[self.key], call), call), None
        for member in self.unique:
            if member in asked:
                self._only(query, {member, "limit"})
                _unsegmented(call, member)
                return self._visible(self._by_unique(member, asked[member], call), call), None
        return self._walk(query, asked, call)

    def _walk(
        self, query: ListQuery, asked: dict[str, Any], call: Call
    ) -> tuple[list[Item], str | None]:
        sort = getattr(query, "sort", None) or ""
        index = self.serving(asked, sort.lstrip("-"))
        kinds = {self.key: "S"} | ({index.sort: index.kind} if index else {})
        fixed = self._fixed(index, asked, call) if index else {}
        request = {"TableName": self._name()} | _reading(index, fixed, sort, call)
        # An export takes all that one read gives, unless it asks for less.
        limit = query.limit if not call.export or "limit" in query.model_fields_set else None
        request["Limit"] = EXPORTED if limit is None else limit + 1
        scope = [self._name(), index.name if index else "", sort, repr(fixed), call.caller]
        scope += [f"lines of {call.segment}"] * call.export
        bound = "\0".join(scope)
        if query.cursor is not None:
            request["ExclusiveStartKey"] = fixed | _opened(query.cursor, kinds, bound)
        answer = self._send("query" if index else "scan", request, call)
        while not answer["Items"] and (further := answer.get("LastEvaluatedKey")):
            request["ExclusiveStartKey"] = further  # an empty page is not the end
            answer = self._send("query" if index else "scan", request, call)
        items, more = _shown(answer, limit)
        return items, cursor.write(items[-1], kinds, bound) if more else None

    def _fixed(self, index: Index, asked: dict[str, Any], call: Call) -> Item:
        """The partition of an index that a list is in."""
        wanted = asked.get(index.partition, self._owners.partition(call))
        return {index.partition: self._encoded(index.partition, wanted)}

    def _send(self, operation: str, request: dict[str, Any], call: Call) -> dict[str, Any]:
        try:
            return dynamodb.read(call, operation, **request)
        except ClientError as error:
            # A made-up cursor with a right digest: DynamoDB refuses what is no key of the index.
            invalid: Any = error.response
            if "ExclusiveStartKey" in request and invalid["Error"]["Code"] == "ValidationException":
                raise _invalid() from None
            raise

    def _by_keys(self, keys: Iterable[str], call: Call) -> list[Item]:
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return []
        found = dynamodb.batch_get(call, self._name(), [{self.key: encode(k)} for k in wanted])
        items = {item[self.key]["S"]: item for item in found}
        return [items[key] for key in wanted if key in items]

    def _by_unique(self, member: str, wanted: object, call: Call) -> list[Item]:
        value = decode(self._encoded(member, wanted))
        row = get(
            claims.table_name(), {"pk": encode(claims.unique_pk(self.table, member, value))}, call
        )
        if row is None:
            return []
        item = get(self._name(), {self.key: row["owner"]}, call)
        # Between the two reads it may have been given another value.
        held = None if item is None else decode(item.get(member, encode(None)))
        same = claims.normal(held) == claims.normal(value)
        return [item] if item is not None and same else []

    def _visible(self, found: list[Item], call: Call) -> list[Item]:
        return [item for item in found if self._owners.sees(item, call)]

    def _encoded(self, parameter: str, value: object) -> Value:
        try:
            return encode(value)
        except OutOfRange as error:
            raise BadQuery(parameter_error(parameter, str(error))) from None

    def serving(self, asked: dict[str, Any], sort: str) -> Index | None:
        """The index to query for these filters and this order; None for a Scan."""
        if not asked and not sort and not self._owners.owned:
            return None
        wanted = next(iter(asked), PARTITION)
        for index in self.indexes:
            if len(asked) < 2 and index.partition == wanted and sort in ("", index.sort):
                return index
        served = "; ".join(
            f"{i.partition} with sort={i.sort}" for i in self.indexes if i.partition != PARTITION
        )
        detail = f"No index serves this combination. Served: {served or 'sort alone'}."
        raise BadQuery(
            *(parameter_error(name, detail) for name in [*asked, *(["sort"] if sort else [])])
        )

    def _only(self, query: ListQuery, allowed: set[str]) -> None:
        if others := sorted(query.model_fields_set - allowed):
            names = " and ".join(sorted(allowed))
            raise BadQuery(
                *(parameter_error(n, f"Cannot be combined with {names}.") for n in others)
            )

    def _check(self, query: type[ListQuery]) -> None:
        served = {self.key, *self.unique, *(index.partition for index in self.indexes)}
        for name in set(query.model_fields) - PAGING - {"sort"} - served:
            raise TypeError(f"{query.__name__}.{name}: no index of {self.table!r} serves it")
        if self._owners.owned and {index.partition for index in self.indexes} != {PARTITION}:
            # By category, say, an index holds the items of all owners.
            raise TypeError(
                f"{self.table!r} is owned: it takes indexes such as created_at, one at least, "
                "and none of the items with one value"
            )
        for value in self.sorts():
            if value.lstrip("-") not in {index.sort for index in self.indexes}:
                raise TypeError(f"{query.__name__}.sort={value}: {self.table!r} has no such index")

    def sorts(self) -> list[str]:
        """The values that `sort` may have."""
        sort = self.query.model_fields.get("sort")
        return _literals(sort.annotation) if sort else []

    def _name(self) -> str:
        return settings.current().table(self.table)


def get(table: str, key: Item, call: Call) -> Item | None:
    """One row by its key, as it is after every write that was acknowledged."""
    answer = dynamodb.read(call, "get_item", TableName=table, Key=key, ConsistentRead=True)
    return answer.get("Item")


def _reading(index: Index | None, fixed: Item, sort: str, call: Call) -> dict[str, Any]:
    """What is read: of an index, the partition that is `fixed`; else the table, or a segment."""
    if index is None:
        if not call.segment:
            return {}
        return dict(zip(("Segment", "TotalSegments"), call.segment, strict=True))
    _unsegmented(call, "what an index serves")
    where = Expression()
    ((name, value),) = fixed.items()
    condition = f"{where.name(name)} = {where.value(value)}"
    order = {"IndexName": index.name, "ScanIndexForward": not sort.startswith("-")}
    return {"KeyConditionExpression": condition} | where.parameters() | order


def _unsegmented(call: Call, reading: str) -> None:
    """Refuse the segment of an export that is no Scan: a Query has none. Raises BadQuery."""
    if call.segment:
        detail = f"Cannot be combined with {reading}."
        raise BadQuery(parameter_error("segment", detail), parameter_error("segments", detail))


def _shown(answer: dict[str, Any], limit: int | None) -> tuple[list[Item], bool]:
    """What a page shows, and whether anything follows.

    Where there is a limit, one more item was read than is shown. Where DynamoDB stopped early
    (1 MB), the last one read is kept for the next page, which is then never empty.
    """
    items: list[Item] = answer["Items"]
    if limit is not None and len(items) > limit:
        return items[:limit], True
    if "LastEvaluatedKey" in answer and items:
        return items[: max(1, len(items) - 1)], True
    return items, False


def _opened(text: str, kinds: dict[str, str], scope: str) -> Item:
    try:
        return cursor.read(text, kinds, scope)
    except cursor.CursorInvalid:
        raise _invalid() from None


def _invalid() -> BadQuery:
    detail = "Damaged, or from another list; begin without a cursor."
    return BadQuery(parameter_error("cursor", detail), code="cursor_invalid")


def _literals(annotation: Any) -> list[str]:
    if isinstance(annotation, str):
        return [annotation]
    return [text for argument in get_args(annotation) for text in _literals(argument)]
