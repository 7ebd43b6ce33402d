"""What a write requires of the item that it changes, within what a condition can hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .attributes import Item, encode
from .call import Call
from .etags import ANY
from .expressions import Expression
from .stored import ETAG, etag_of

MOST_COMPARED = 100  # attributes: DynamoDB takes 300 operators and 4 KB in a condition
MOST_LISTED = 100  # values that it takes in one IN (...)


def preconditions(update: Expression, call: Call, key: str) -> None:
    """Require what If-Match and If-None-Match ask of an item."""
    if call.if_match is not None and call.if_match is not ANY:
        # Weak tags never fit; no item has the empty revision.
        texts = [tag.text for tag in call.if_match if not tag.weak] or [""]
        _among(update, texts, key)
    if call.if_none_match is ANY:
        update.absent(key)  # never true beside `exists`: the refusal then tells why
    elif call.if_none_match is not None:
        update.exists(ETAG)  # without a revision, the hash that stands for it is compared later
        _among(update, [tag.text for tag in call.if_none_match], key, negated=True)


def _among(update: Expression, tags: Sequence[str], key: str, *, negated: bool = False) -> None:
    if len(tags) > MOST_LISTED:
        update.absent(key)  # never true, as above: they are compared with what is then read
    else:
        update.among(ETAG, map(encode, tags), negated=negated)


def same_revision(condition: Expression, item: Item, members: Iterable[str]) -> None:
    """Require that the item is as it was read: by its revision, or else by its attributes.

    By the members of its model first, since a condition cannot hold more than `MOST_COMPARED`.
    """
    if etag_of(item) == item.get(ETAG, {}).get("S"):
        condition.equal(ETAG, item[ETAG])
        return
    if ETAG not in item:
        condition.absent(ETAG)
    names = dict.fromkeys([*(name for name in members if name in item), *sorted(item)])
    for name in list(names)[:MOST_COMPARED]:
        condition.equal(name, item[name])
