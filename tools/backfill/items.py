"""One item mended: its claims, what its indexes need, defaults, and a revision.

Every write is on condition that the item is still as it was read, and that the claims are. Where
they are not, somebody else wrote: it is read again, and judged anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from chalicekit import claims, conditions, dynamodb, items, settings
from chalicekit.attributes import Item, Value, encode
from chalicekit.call import Call
from chalicekit.dynamodb import Write
from chalicekit.expressions import Expression
from chalicekit.failures import Refused
from chalicekit.indexes import PARTITION
from chalicekit.stored import ETAG
from chalicekit.table import Table
from tools.backfill import lacking, scan
from tools.backfill.checkpoint import Tally

DUPLICATES, UNREADABLE, CHANGING = "duplicates", "unreadable", "changing"
UNOWNED = "unowned"
UNSORTED = "not in the index"
# Too large with what is added, or with a member that an index takes in another type only.
INVALID = {"ValidationException", "TransactionCanceledException"}


@dataclass
class Plan:
    """How a run mends. `claimed` is what a dry run would have claimed: by key, the owner.

    `owner` is the subject that gets the items of owned tables that are nobody's; "" for none.
    """

    dry: bool = False
    created_at: str | None = None
    owner: str = ""
    claimed: dict[str, str] = field(default_factory=dict)


class Change(NamedTuple):
    """What one item is to get: attributes, claims, and the items that lose these claims."""

    attributes: Mapping[str, Value]
    claims: Sequence[Write]
    losers: Sequence[Write]


class Mender:
    """Mends the items of one table."""

    def __init__(self, table: Table[Any], plan: Plan, tally: Tally) -> None:
        self._table, self._plan, self._tally = table, plan, tally
        self._name = settings.current().table(table.name)

    def mend(self, page: Sequence[Item]) -> None:
        """Mend each of at most 100 items."""
        pks = [row.pk for item in page for row in self._rows(item)]
        held = scan.fetched(claims.table_name(), "pk", pks)
        for item in page:
            self._mend(item, held)

    def _mend(self, item: Item, held: Mapping[str, Item]) -> None:
        key = item[self._table.key]["S"]
        for attempt in range(scan.TRIES):
            tally = Tally()
            try:
                self._write(item, self._judged(item, held, tally))
            except Refused:
                scan.pause(min(attempt, 3))  # not busy, only overtaken
                found = self._fetched(key)
                if found is None:
                    return  # deleted meanwhile
                item = found
                held = scan.fetched(claims.table_name(), "pk", [r.pk for r in self._rows(item)])
                continue
            except ClientError as error:
                if error.response["Error"]["Code"] not in INVALID:
                    raise
                self._tally.find(UNREADABLE, f"{self._table.name} {key}: DynamoDB refuses it")
                return
            self._tally.add(tally)
            return
        self._tally.find(CHANGING, f"{self._table.name} {key}")

    def _judged(self, item: Item, held: Mapping[str, Item], tally: Tally) -> Change:
        """What an item lacks; nothing of it is written yet."""
        key, taken, sole = item[self._table.key]["S"], [], True
        losers: dict[str, Write] = {}  # once each: a transaction cannot touch an item twice
        for row in self._rows(item):
            owner = self._plan.claimed.get(row.pk) or _owner(held.get(row.pk))
            if owner == key:
                continue
            other = self._fetched(owner) if owner else None
            if other and row.pk in {r.pk for r in self._rows(other)}:
                tally.find(DUPLICATES, f"{self._table.name} {row.member}: {owner} and {key}")
                sole = False
                continue
            taken.append(_over(row.write, owner) if owner else row.write)
            if owner:
                losers[owner] = "ConditionCheck", still(self._table, owner, other)
            tally.did("claims taken")
            if self._plan.dry:
                self._plan.claimed[row.pk] = key
        added = self._attributes(item, tally) if sole else {}
        self._told(item | added, tally)
        return Change(added, taken, list(losers.values()))

    def _attributes(self, item: Item, tally: Tally) -> dict[str, Value]:
        added: dict[str, Value] = {}
        if self._table.owned:
            added |= self._owner(item, tally)
        elif item.get(PARTITION) != (name := encode(self._table.name)):
            added[PARTITION] = name
            tally.did("index keys set")
        if self._plan.created_at and "created_at" not in item:
            added["created_at"] = encode(self._plan.created_at)
            tally.did("created_at set")
        if defaults := lacking.defaults(self._table, item):
            added |= defaults
            tally.did("defaults set")
        if not lacking.revised(item) or lacking.differ(self._table, item, added):
            added[ETAG] = encode(items.revision())
            tally.did("revisions set")
        return added

    def _owner(self, item: Item, tally: Tally) -> dict[str, Value]:
        """Whose an item becomes that is nobody's; whose it is already, it stays."""
        if lacking.owner(self._table, item, giving=bool(self._plan.owner)):
            return {}
        if not self._plan.owner:
            tally.find(UNOWNED, f"{self._table.name} {item[self._table.key]['S']}")
            return {}
        tally.did("owners set")
        given = Call(caller=self._plan.owner)
        return {PARTITION: encode(self._table.owners.partition(given))}

    def _told(self, item: Item, tally: Tally) -> None:
        """Tell what cannot be mended here: what a read hides, and what a sorted list leaves out."""
        where = f"{self._table.name} {item[self._table.key]['S']}"
        if hidden := lacking.hidden(self._table, item):
            tally.find(UNREADABLE, f"{where}: {', '.join(hidden)}")
        without = {PARTITION} if self._table.owned else set()  # told as what is nobody's
        for index in self._table.lists.indexes:
            if not item.keys() >= {index.partition, index.sort} - without:
                tally.did(f"{self._table.name} {UNSORTED} {index.name}")

    def _write(self, item: Item, change: Change) -> None:
        if self._plan.dry or not (change.attributes or change.claims):
            return
        still = Expression()
        conditions.same_revision(still, item, self._table.model.model_fields)
        if change.attributes:
            for name in change.attributes:
                still.absent(name) if name not in item else still.equal(name, item[name])
            still.assign(change.attributes)
        key = {self._table.key: item[self._table.key]}
        own = {"TableName": self._name, "Key": key} | still.parameters()
        kind = "Update" if change.attributes else "ConditionCheck"
        writes = [(kind, own), *change.claims, *change.losers]
        scan.patiently(lambda call: dynamodb.write(call, writes))

    def _rows(self, item: Item) -> list[claims.Row]:
        return self._table.claims.added(item, item[self._table.key]["S"])

    def _fetched(self, key: str) -> Item | None:
        return scan.fetched(self._name, self._table.key, [key]).get(key)


def still(table: Table[Any], key: str, item: Item | None) -> dict[str, Any]:
    """A condition check: this item is as it was read, or is still not there."""
    condition = Expression()
    if item is None:
        condition.absent(table.key)
    else:
        conditions.same_revision(condition, item, table.model.model_fields)
    name = settings.current().table(table.name)
    return {"TableName": name, "Key": {table.key: encode(key)}} | condition.parameters()


def _over(write: Write, owner: str) -> Write:
    """The write of a claim, where another holds it that must not."""
    kind, parameters = write
    condition = Expression()
    condition.equal("owner", encode(owner))
    return kind, claims.on_claims(condition) | {"Item": parameters["Item"]}


def _owner(row: Item | None) -> str:
    owner = (row or {}).get("owner", {}).get("S", "")
    return str(owner)
