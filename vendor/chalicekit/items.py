"""What a write puts into an item: its members as attributes, and what the server keeps."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from .attributes import OutOfRange, Value, encode
from .fields import now
from .indexes import PARTITION
from .problems import BadBody, member_error
from .stored import ETAG

Changes = dict[str, Value | None]  # None removes


def revision() -> str:
    """A new etag: random, so that a deleted and re-created item never has an old one."""
    return secrets.token_hex(8)


def stamp(partition: str, etag: str) -> Changes:
    """What every write sets."""
    return {ETAG: encode(etag), "updated_at": encode(now()), PARTITION: encode(partition)}


def changes(values: Mapping[str, object], key: str) -> Changes:
    """Values as attributes, the key apart. Raises BadBody for a number that is out of range."""
    changed: Changes = {}
    for name, value in values.items():
        try:
            changed[name] = None if value is None else encode(value)
        except OutOfRange as error:
            raise BadBody([member_error(f"/{name}", "invalid", str(error))]) from None
    changed.pop(key, None)
    return changed
