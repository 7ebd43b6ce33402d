"""Python values as DynamoDB attribute values, and back.

boto3 has a serializer too; importing boto3 for it would cost a tenth of the cold start.
"""

from __future__ import annotations

from decimal import Context, Decimal, DecimalException, Inexact, Overflow, Subnormal
from typing import Any

from pydantic_core import to_jsonable_python

# What DynamoDB keeps of a number; more is refused, never rounded.
_NUMBERS = Context(prec=38, Emin=-130, Emax=125, traps=[Inexact, Overflow, Subnormal])

Value = dict[str, Any]
Item = dict[str, Value]


class OutOfRange(ValueError):
    """A number that DynamoDB cannot keep as it is; the message is for people."""


def encode(value: object) -> Value:
    """One attribute value, such as `{"S": "text"}`; dates, enums and the like become text.

    Raises OutOfRange.
    """
    if isinstance(value, str):
        return {"S": str(value)}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float | Decimal):
        return {"N": _number(value)}
    if isinstance(value, list | tuple):
        return {"L": [encode(item) for item in value]}
    if isinstance(value, dict):
        return {"M": {str(key): encode(item) for key, item in value.items()}}
    if isinstance(value, bytes):
        return {"B": value}
    return encode(to_jsonable_python(value))


def decode(value: Value) -> Any:
    """The Python value of an attribute value; numbers are Decimals."""
    kind, inner = next(iter(value.items()))
    match kind:
        case "N":
            return Decimal(inner)
        case "NULL":
            return None
        case "L":
            return [decode(item) for item in inner]
        case "M":
            return {key: decode(item) for key, item in inner.items()}
        case "NS":
            return [Decimal(item) for item in inner]
        case _:
            return inner


def _number(value: float | Decimal) -> str:
    # DynamoDB drops trailing zeros; doing so first makes the answer to a write what a read gives.
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    try:
        number = number.normalize(_NUMBERS)
    except DecimalException:
        raise OutOfRange("Must be a number of 38 digits, from 1e-130 to 1e126.") from None
    if not number:
        return "0"  # -0 too
    return format(number, "f") if -40 < number.adjusted() < 40 else str(number)
