"""Cursors: where a list goes on, as an opaque, URL-safe text.

A cursor is the LastEvaluatedKey with a digest over it and over the list it belongs to: table,
index, order, filter and caller. There is no secret in it, and none is needed: it can reach
nothing that the list itself would not show.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import blake2b

from .attributes import Item

DIGEST_BYTES = 9
MAX_LENGTH = 20_000
MAX_KEY_BYTES = 2048  # DynamoDB's limit for a partition key
_NUMBER = r"-?[0-9]{1,40}(\.[0-9]{1,40})?(E[+-]?[0-9]{1,3})?"


class CursorInvalid(ValueError):
    """Damaged, made up, or from another list."""


def write(item: Item, kinds: Mapping[str, str], scope: str) -> str:
    """The cursor behind an item: its key attributes, whose names and types `kinds` gives."""
    values = [item[name][kind] for name, kind in kinds.items()]
    payload = json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()
    return urlsafe_b64encode(_digest(payload, scope) + payload).decode().rstrip("=")


def read(cursor: str, kinds: Mapping[str, str], scope: str) -> Item:
    """The key attributes that a cursor of this scope stands for.

    Raises CursorInvalid.
    """
    if len(cursor) > MAX_LENGTH or not cursor.isascii():
        raise CursorInvalid
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = json.loads(raw[DIGEST_BYTES:])
    except (ValueError, RecursionError):
        raise CursorInvalid from None
    # Writing it again must give the same text: base64 has several spellings of the same bytes.
    if urlsafe_b64encode(raw).decode().rstrip("=") != cursor:
        raise CursorInvalid
    if raw[:DIGEST_BYTES] != _digest(raw[DIGEST_BYTES:], scope):
        raise CursorInvalid
    if not isinstance(values, list) or len(values) != len(kinds):
        raise CursorInvalid
    if not all(_valid(value, kind) for value, kind in zip(values, kinds.values(), strict=True)):
        raise CursorInvalid
    pairs = zip(kinds.items(), values, strict=True)
    return {name: {kind: value} for (name, kind), value in pairs}


def _valid(value: object, kind: str) -> bool:
    # The digest is no secret, so whoever makes one up must not reach DynamoDB's own errors.
    if not isinstance(value, str) or not value:
        return False
    if kind == "N":
        return re.fullmatch(_NUMBER, value) is not None
    try:
        return len(value.encode()) <= MAX_KEY_BYTES
    except UnicodeEncodeError:
        return False


def _digest(payload: bytes, scope: str) -> bytes:
    return blake2b(scope.encode() + b"\0" + payload, digest_size=DIGEST_BYTES).digest()
