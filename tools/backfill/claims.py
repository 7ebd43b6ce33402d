"""Claims freed that hold a value for nobody: their item is gone, or holds another value.

Idempotency records, and claims of tables and members that this version does not know, stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chalicekit import claims, dynamodb, settings
from chalicekit.attributes import Item, encode
from chalicekit.expressions import Expression
from chalicekit.failures import Refused
from chalicekit.table import Table
from tools.backfill import scan
from tools.backfill.checkpoint import Tally
from tools.backfill.items import CHANGING, Plan, still

PREFIX = "unique#"
LONGEST = 512  # characters: a key has 2048 bytes, and an owner is one


class Claim(NamedTuple):
    """One row of the claims table: whose value of which table it holds."""

    pk: str
    table: Table[Any]
    owner: str


class Freer:
    """Frees the claims of these tables."""

    def __init__(self, tables: Sequence[Table[Any]], plan: Plan, tally: Tally) -> None:
        self._tables = {table.name: table for table in tables}
        self._plan, self._tally = plan, tally

    def mend(self, page: Sequence[Item]) -> None:
        """Free what is held for nobody, of at most 100 claims."""
        known = [claim for row in page if (claim := self._read(row))]
        if others := len(page) - len(known):
            self._tally.did("claims of other versions", others)
        for table in self._tables.values():
            own = [claim for claim in known if claim.table is table]
            name = settings.current().table(table.name)
            items = scan.fetched(name, table.key, [claim.owner for claim in own])
            for claim in own:
                self._mend(claim, items)

    def _mend(self, claim: Claim, items: Mapping[str, Item]) -> None:
        for attempt in range(scan.TRIES):
            item = items.get(claim.owner)
            if _holds(claim, item) or claim.pk in self._plan.claimed:
                return
            try:
                self._free(claim, item)
            except Refused:
                scan.pause(min(attempt, 3))  # not busy, only overtaken
                row = scan.fetched(claims.table_name(), "pk", [claim.pk]).get(claim.pk)
                again = self._read(row) if row else None
                if again is None:
                    return  # freed meanwhile
                claim = again
                name = settings.current().table(claim.table.name)
                items = scan.fetched(name, claim.table.key, [claim.owner])
            else:
                self._tally.did("claims freed")
                return
        self._tally.find(CHANGING, f"{claim.table.name} {claim.owner}")

    def _free(self, claim: Claim, item: Item | None) -> None:
        if self._plan.dry:
            return
        condition = Expression()
        condition.equal("owner", encode(claim.owner))
        delete = claims.on_claims(condition) | {"Key": {"pk": encode(claim.pk)}}
        check = still(claim.table, claim.owner, item)
        writes = [("Delete", delete), ("ConditionCheck", check)]
        scan.patiently(lambda call: dynamodb.write(call, writes))

    def _read(self, row: Item) -> Claim | None:
        """The claim of a row; None where it is of no table or member that is known here."""
        match row["pk"]["S"].split("#", 3), row.get("owner"):
            case [["unique", name, member, _], {"S": str(owner)}] if 0 < len(owner) <= LONGEST:
                table = self._tables.get(name)
                if table and member in table.unique:
                    return Claim(row["pk"]["S"], table, owner)
        return None


def _holds(claim: Claim, item: Item | None) -> bool:
    rows = claim.table.claims.added(item, claim.owner) if item else []
    return claim.pk in {row.pk for row in rows}
