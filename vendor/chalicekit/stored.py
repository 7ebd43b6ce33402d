"""Items as DynamoDB holds them: their revision, and how they are shown.

Items written by hand, by other code or by another version never break a read.
"""

from __future__ import annotations

import json
import re
from hashlib import blake2b
from typing import Any, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from . import etags
from .attributes import Item, decode
from .fields import STORED, Stored

M = TypeVar("M", bound=Stored)

ETAG = "etag"
_FITS_A_HEADER = re.compile(etags.ETAG)


def etag_of(item: Item) -> str:
    """The item's revision; for one without, a hash of its content."""
    revision = item.get(ETAG, {}).get("S", "")
    if _FITS_A_HEADER.fullmatch(revision):
        return str(revision)
    content = json.dumps(_ordered({"M": item}), sort_keys=True, default=repr).encode()
    return f"h{blake2b(content, digest_size=16).hexdigest()}"


def show(model: type[M], item: Item) -> M:
    """The model of an item; a member that is missing or of another type is null."""
    known = {name: decode(item[name]) for name in model.model_fields if name in item}
    known[ETAG] = etag_of(item)
    try:
        return model.model_validate(known, context=STORED)
    except ValidationError as error:
        return _lenient(model, known, error)


def _ordered(value: Any) -> Any:
    """An attribute value with its sets in order: DynamoDB promises none."""
    ((kind, inner),) = value.items()
    if kind == "M":
        return {name: _ordered(child) for name, child in inner.items()}
    if kind == "L":
        return [_ordered(child) for child in inner]
    return {kind: sorted(inner)} if kind in ("SS", "NS", "BS") else value


def _lenient(model: type[M], known: dict[str, object], error: ValidationError) -> M:
    """Keep values that break only a constraint, such as a length of an older version."""
    wrong = {str(e["loc"][0]) for e in error.errors(include_input=False) if _mistyped(e["type"])}
    shown: dict[str, Any] = dict.fromkeys(model.model_fields)
    shown |= {name: _plain(value) for name, value in known.items() if name not in wrong}
    return cast("M", model.model_construct(**shown))


def _mistyped(kind: str) -> bool:
    return kind == "missing" or kind.endswith(("_type", "_parsing", "_from_float", "_unicode"))


def _plain(value: object) -> object:
    return value if isinstance(value, str) else to_jsonable_python(value, bytes_mode="base64")
