"""A resource's table: conditional writes, unique values, idempotent creates, pages.

Requests to DynamoDB for a call, retries apart: `get`, `page`, `page` by keys, `add`: 1.
`replace` and `patch`: 1 while unique values stay, else 2. `delete`, `page` by unique value: 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any, Generic, TypeVar

from . import claims, conditions, dynamodb, idempotency, items, lists, settings
from .attributes import Item, Value, decode, encode
from .call import Call
from .claims import Claims, Row
from .dynamodb import Write
from .etags import ANY
from .expressions import Expression
from .failures import Lost, Refused
from .fields import ListQuery, Model, Page, Stored, key_of
from .items import Changes
from .owners import Owners
from .problems import NotFound, Taken, Unavailable
from .stored import ETAG, etag_of, show
from .validation import Patch

M = TypeVar("M", bound=Stored)


class Table(Generic[M]):
    """Items of one model in one DynamoDB table.

    `unique` members hold a value once, without regard to case. `indexes` are global secondary
    indexes: `created_at` orders the whole table, `category/price` the items of one category.
    Where items are `owned`, callers see and change only those that they made; all others are
    not there for them. Raises TypeError where a member of `query` has no index that serves it.
    """

    def __init__(
        self,
        model: type[M],
        name: str,
        *,
        query: type[ListQuery] = ListQuery,
        unique: Sequence[str] = (),
        indexes: Sequence[str] = (),
        owned: bool = False,
    ) -> None:
        self.model = model
        self.name = name
        self.key = key_of(model)
        self.unique = tuple(unique)
        self.claims = Claims(name, self.unique)
        self.owners = Owners(name, owned=owned)
        self.lists = lists.Lists(model, name, self.key, query, self.unique, indexes, self.owners)
        TABLES.append(self)

    @property
    def owned(self) -> bool:
        """Whether callers see only what they made."""
        return self.owners.owned

    def get(self, key: str, call: Call) -> M:
        """The item with this key. Raises NotFound."""
        item = self._read(key, call)
        if item is None:
            raise NotFound
        return self._show(item)

    def page(self, query: ListQuery, call: Call) -> Page[M]:
        """A page of the list that the query asks for. Raises BadQuery."""
        found, cursor = self.lists.page(query, call)
        return Page([self._show(item) for item in found], cursor)

    def add(self, fields: Model, call: Call) -> M:
        """Create an item, never over another one.

        Where several conditions fail, the Idempotency-Key decides first, then the key, then the
        unique values. Raises Taken, Problem `idempotency_key_reused` or `idempotency_key_spent`.
        """
        item, key = self._new(fields, call), getattr(fields, self.key)
        rows = self.claims.added(item, key)
        if call.idempotency_key is not None:
            item, record = idempotency.begun(self.name, item, key, call)
            rows.append(record)
        try:
            dynamodb.write(call, [self._put(item), *(row.write for row in rows)])
        except Refused as refused:
            return self._not_added(item, rows, refused.items, call)
        return self._show(item)

    def creation(self, fields: Model, call: Call) -> list[Write]:
        """What `add` writes in one transaction, for who creates many in one.

        It knows no Idempotency-Key.
        """
        item = self._new(fields, call)
        rows = self.claims.added(item, getattr(fields, self.key))
        return [self._put(item), *(row.write for row in rows)]

    def replace(self, key: str, fields: Model, call: Call) -> M:
        """Set all members that a client may set. Raises NotFound, Taken, Problem `stale`."""
        return self._update(key, items.changes(fields.model_dump(), self.key), call)

    def patch(self, key: str, patch: Patch[Any], call: Call) -> M:
        """Set or remove the members that the patch names. Raises as `replace`, and BadBody."""
        if not patch.reads:
            return self._update(key, items.changes(patch.changes({}), self.key), call)
        old = self._read(key, call)
        return self._rewrite(old or {}, partial(self._merged, patch), call, items.revision())

    def delete(self, key: str, call: Call) -> None:
        """Delete an item, its claims, and what its idempotency record keeps. Raises NotFound."""
        skipped: set[str] = set()
        born: Value | None = None
        for attempt in count():
            old = self._read(key, call)
            if call.uncertain and (old is None or old.get("created_at") != born):
                return  # it was there when we looked first, and our delete was sent
            if old is None:
                raise NotFound
            born = old.get("created_at")
            call.check(etag_of(old), partial(self._show, old))
            condition = Expression()
            self.owners.require(condition, call)
            conditions.same_revision(condition, old, self.model.model_fields)
            write = ("Delete", self._on(condition) | {"Key": {self.key: encode(key)}})
            rows = self.claims.released(old, key) + idempotency.blanked(old, key)
            rows = [row for row in rows if row.pk not in skipped]
            try:
                dynamodb.write(call, [write, *(row.write for row in rows)])
            except Refused as refused:
                skipped = claims.left_out(skipped, rows, refused)
            else:
                return
            call.pause(attempt, _contended(call))

    def _update(self, key: str, changes: Changes, call: Call) -> M:
        """One request while unique values stay: the condition says so."""
        revision = items.revision()
        update = Expression()
        update.exists(self.key)
        self.owners.require(update, call)
        conditions.preconditions(update, call, self.key)
        if self.unique:
            update.exists(ETAG)  # an item written by hand has no claims yet: it goes the long way
        for member in self.unique:
            if member in changes:
                value = changes[member]
                update.absent(member) if value is None else update.equal(member, value)
        update.assign(changes | items.stamp(self.owners.partition(call), revision))
        request = {"Key": {self.key: encode(key)}, "ReturnValues": "ALL_NEW"}
        try:
            # Without If-Match its condition may hold again after others have changed what it wrote.
            twice = call.if_match is not None and call.if_match is not ANY
            answer = dynamodb.write(call, [("Update", self._on(update) | request)], twice=twice)
        except Refused as refused:
            old = self._own(refused.items[0], call) or {}
        except Lost:
            old = self._read(key, call) or {}
        else:
            return self._show(answer["Attributes"])
        return self._rewrite(old, lambda _: changes, call, revision)

    def _rewrite(self, old: Item, plan: Callable[[Item], Changes], call: Call, revision: str) -> M:
        """Change an item that was read, on condition that it still is as it was read."""
        skipped: set[str] = set()
        sent = {revision}
        for attempt in count():
            if not old:
                raise call.outcome_unknown() if call.uncertain else NotFound()
            if etag_of(old) in sent:
                return self._show(old)  # our own write, whose answer was lost
            call.check(etag_of(old), partial(self._show, old))
            if call.uncertain:  # ours may have stood for a while: one revision, one content
                revision = items.revision()
                sent.add(revision)
            changes = plan(old) | items.stamp(self.owners.partition(call), revision)
            rows = self.claims.moved(old, changes, old[self.key]["S"])
            rows = [row for row in rows if row.pk not in skipped]
            try:
                dynamodb.write(
                    call, [self._change(old, changes, call), *(row.write for row in rows)]
                )
            except Refused as refused:
                stood = refused.items[0]
                if stood is not None and etag_of(stood) in sent:
                    return self._show(stood)  # as above
                skipped = claims.left_out(skipped, rows, refused)
            else:
                after = old | changes
                return self._show({name: value for name, value in after.items() if value})
            call.pause(attempt, _contended(call))
            old = self._read(old[self.key]["S"], call) or {}  # what stood there may be old by now
        raise AssertionError("unreachable: a pause ends with the call's time")

    def _change(self, old: Item, changes: Changes, call: Call) -> Write:
        update = Expression()
        self.owners.require(update, call)
        conditions.same_revision(update, old, self.model.model_fields)
        update.assign(changes)
        return "Update", self._on(update) | {"Key": {self.key: old[self.key]}}

    def _not_added(
        self, item: Item, rows: Sequence[Row], found: Sequence[Item | None], call: Call
    ) -> M:
        """Say what stood in the way of a new item, or that nothing did."""
        standing, record = found[0], found[-1] if call.idempotency_key is not None else None
        for written in (standing or {}, idempotency.kept(record or {})):
            if written.get(ETAG) == item[ETAG]:
                return self._show(item)  # our own write, whose answer was lost
        if record is not None:
            return self._show(idempotency.replay(record, call))
        if standing is not None and call.uncertain:
            raise call.outcome_unknown()
        taken = [self.key] if standing is not None else []
        raise Taken(taken + [row.member for row in claims.refused_rows(rows, found) if row.member])

    def _new(self, fields: Model, call: Call) -> Item:
        values = items.changes(fields.model_dump(), self.key)
        values |= items.stamp(self.owners.partition(call), items.revision())
        values |= {self.key: encode(getattr(fields, self.key)), "created_at": values["updated_at"]}
        return {name: value for name, value in values.items() if value is not None}

    def _put(self, item: Item) -> Write:
        condition = Expression()
        condition.absent(self.key)
        return "Put", self._on(condition) | {"Item": item}

    def _merged(self, patch: Patch[Any], old: Item) -> Changes:
        stored = {name: decode(value) for name, value in old.items()}
        return items.changes(patch.changes(stored), self.key)

    def _read(self, key: str, call: Call) -> Item | None:
        table = settings.current().table(self.name)
        return self._own(lists.get(table, {self.key: encode(key)}, call), call)

    def _own(self, item: Item | None, call: Call) -> Item | None:
        """The item, where the caller may know of it."""
        return item if item is not None and self.owners.sees(item, call) else None

    def _show(self, item: Item) -> M:
        return show(self.model, item)

    def _on(self, expression: Expression) -> dict[str, Any]:
        fixed = {
            "TableName": settings.current().table(self.name),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        return fixed | expression.parameters()


TABLES: list[Table[Any]] = []  # in the order in which they were made


def unique_members() -> list[str]:
    """The members whose values can be taken, in any table: each has a problem code."""
    return list(dict.fromkeys(name for t in TABLES for name in (t.key, *t.unique)))


def _contended(call: Call) -> Unavailable:
    if call.uncertain:
        return call.outcome_unknown()
    return Unavailable("throttled", "Others keep changing this item; try again shortly.")
