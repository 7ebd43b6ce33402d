"""Whose an item is: of owned tables, PARTITION holds the table and the caller who made it."""

from __future__ import annotations

from .attributes import Item, encode
from .call import Call
from .expressions import Expression
from .indexes import PARTITION


class Owners:
    """Who sees the items of a table: everybody, or where it is `owned`, only who made them."""

    def __init__(self, table: str, *, owned: bool) -> None:
        self._table, self.owned = table, owned

    def partition(self, call: Call) -> str:
        """The value of PARTITION in what the caller makes."""
        return f"{self._table}#{call.caller}" if self.owned else self._table

    def sees(self, item: Item, call: Call) -> bool:
        """Whether the caller may know of an item. One written by hand belongs to nobody."""
        return not self.owned or item.get(PARTITION) == {"S": self.partition(call)}

    def require(self, condition: Expression, call: Call) -> None:
        """Let a write hold only for an item that the caller may know of."""
        if self.owned:
            condition.equal(PARTITION, encode(self.partition(call)))
