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

# One value for all items, so that an index can order the whole table; of owned ones, one for each
# owner: it is also what says whose an item is.
PARTITION = "_table"
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
        kinds = {member: key_kind(model, member) for member in text.split("/", 1)}
        for member in kinds.keys() - Stored.model_fields.keys():
            if _takes(model, member, ""):
                raise TypeError(f"{model.__name__}.{member}: in an index, text has min_length=1")
        if not second:
            return cls(first, PARTITION, first, kinds[first])
        return cls(f"{first}-{second}", first, second, kinds[second])


def key_kind(model: type[BaseModel], member: str) -> str:
    """S or N: what DynamoDB keeps a member as that is in an index, or unique.

    Raises TypeError for what can be no part of a key.
    """
    where = f"{model.__name__}.{member}"
    if member not in model.model_fields:
        raise TypeError(f"{where}: an index or unique value needs a member of this name")
    kinds = {_kept_as(kind) for kind in _types(model.model_fields[member].annotation)}
    if kinds not in ({"S"}, {"N"}):
        raise TypeError(f"{where}: an index or unique value is text, a date or a number")
    if member not in Stored.model_fields and _takes(model, member, "x" * (MAX_TEXT + 1)):
        raise TypeError(f"{where}: in an index, or unique, text has max_length={MAX_TEXT} or less")
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


def _kept_as(kind: Any) -> str:
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
