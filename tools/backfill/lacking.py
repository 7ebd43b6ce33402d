"""What an item lacks, judged by what the API shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from chalicekit import items, settings
from chalicekit.attributes import Item, Value
from chalicekit.call import ANONYMOUS
from chalicekit.fields import Stored
from chalicekit.indexes import PARTITION
from chalicekit.stored import ETAG, etag_of, show
from chalicekit.table import Table


def defaults(table: Table[Any], item: Item) -> dict[str, Value]:
    """What a read shows for members that the item lacks: written down, nothing is invented.

    Of unique members none: all items would hold the same.
    """
    fixed = {*Stored.model_fields, table.key, *table.unique}
    lacks = table.model.model_fields.keys() - item.keys() - fixed
    if not lacks:
        return {}
    values = show(table.model, item).model_dump(include=lacks)
    changes = items.changes(values, table.key)
    return {name: value for name, value in changes.items() if value is not None}


def differ(table: Table[Any], item: Item, added: Mapping[str, Value]) -> bool:
    """Whether the API will show another content: a strong ETag must then be another."""
    before, after = (show(table.model, each) for each in (item, item | dict(added)))
    same: bool = before.model_dump(exclude={ETAG}) == after.model_dump(exclude={ETAG})
    return not same


def revised(item: Item) -> bool:
    """Whether it has a revision of its own, and not a hash of its content."""
    return bool(etag_of(item) == item.get(ETAG, {}).get("S"))


def owner(table: Table[Any], item: Item, *, giving: bool) -> str:
    """The subject that an item of an owned table belongs to; "" where that is nobody.

    What everybody made while the stage was open is nobody's, once it asks for tokens, or somebody
    is `giving` it away.
    """
    kept = str(item.get(PARTITION, {}).get("S", ""))
    name, _, subject = kept.partition("#")
    mine = subject if name == table.name else ""
    return "" if mine == ANONYMOUS and (giving or settings.current().trust) else mine


def hidden(table: Table[Any], item: Item) -> list[str]:
    """The members that a read shows as null though there is a value, or must be one."""
    shown = show(table.model, item)
    names = []
    for name, info in table.model.model_fields.items():
        if getattr(shown, name) is not None:
            continue
        required = info.is_required() and type(None) not in get_args(info.annotation)
        if required or "NULL" not in item.get(name, {"NULL": True}):
            names.append(name)
    return names
