"""Global secondary indexes as a resource names them: `created_at`, or `category/price`."""

from __future__ import annotations

import enum
from datetime import date, time
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, ValidationError

from .fields import Stored

PARTITION = "_table"  # one value for all items, so that an index can order the whole table
MAX_TEXT = 256  # characters: DynamoDB takes 1024 bytes, and UTF-8 has four for a character


class Index(NamedTuple):
    """Items with one `partition` value, in the order of `sort`, which is S or N by `kind`."""

    name: str
    partition: str
    sort: str
    kind: str

    @classmethod
    def of(cls, model: type[BaseModel], text: str) -> Index:
        """The index of this name. Raises TypeError for members that DynamoDB cannot index."""
        first, _, second = text.partition("/")
        kind = _kind(model, first)
        if not second:
            return cls(first, PARTITION, first, kind)
        return cls(f"{first}-{second}", first, second, _kind(model, second))


def _kind(model: type[BaseModel], member: str) -> str:
    where = f"{model.__name__}.{member}"
    if member not in model.model_fields:
        raise TypeError(f"{where}: an index needs a member of this name")
    kinds = {_stored_as(kind) for kind in _types(model.model_fields[member].annotation)}
    if kinds not in ({"S"}, {"N"}):
        raise TypeError(f"{where}: an index holds text, dates or numbers, and one of them only")
    if member not in Stored.model_fields and (
        _takes(model, member, "") or _takes(model, member, "x" * (MAX_TEXT + 1))
    ):
        raise TypeError(f"{where}: in an index, text has 1 to {MAX_TEXT} characters: limit it")
    return kinds.pop()


def _types(annotation: Any) -> set[Any]:
    """The classes of the values that an annotation allows, None apart."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _types(arguments[0])
    if origin is Literal:
        return {type(value) for value in arguments} - {NoneType}
    if origin in (Union, UnionType):
        return {kind for argument in arguments for kind in _types(argument)}
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return {type(choice.value) for choice in annotation}
    return {annotation} - {NoneType}


def _stored_as(kind: Any) -> str:
    if not isinstance(kind, type) or kind is bool:
        return ""
    if issubclass(kind, str | date | time | UUID):
        return "S"
    return "N" if issubclass(kind, int | float | Decimal) else ""


def _takes(model: type[BaseModel], member: str, value: str) -> bool:
    try:
        model.__pydantic_validator__.validate_assignment(model.model_construct(), member, value)
    except ValidationError:
        return False
    return True
