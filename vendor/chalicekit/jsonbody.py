"""Strict JSON: what another parser could read differently is refused.

json.loads alone takes NaN, keys that stand twice and lone surrogates; pydantic's own parser
also rounds decimals.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from .problems import Problem

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 38  # what DynamoDB keeps of a number
MIN_EXPONENT, MAX_EXPONENT = -130, 125  # and its range
REPLACED = "\N{REPLACEMENT CHARACTER}".encode()
NOT_UTF8 = "The body is not UTF-8; where U+FFFD is meant, write \\ufffd."


class _Refused(ValueError):
    """Valid for a lenient parser, but not here."""


def parse(raw: bytes) -> Any:
    """The value of a JSON text in UTF-8; numbers with a fraction or exponent are Decimals.

    Raises Problem `invalid_json`.
    """
    if not raw.strip():
        raise Problem("invalid_json", "A JSON body is required.")
    if REPLACED in raw:  # API Gateway puts it in the place of bytes that are no UTF-8.
        raise Problem("invalid_json", NOT_UTF8)
    try:
        text = raw.decode("utf-8")
        value = _decoder.decode(text)
        if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
            _measure(value)
        if b"\\u" in raw:
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except _Refused as refused:
        raise Problem("invalid_json", f"The body is not strict JSON: {refused}.") from None
    except UnicodeDecodeError:
        raise Problem("invalid_json", NOT_UTF8) from None
    except UnicodeEncodeError:
        raise Problem("invalid_json", "The body holds half of a surrogate pair.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Problem("invalid_json", f"The body is not JSON: look at {place}.") from None
    except RecursionError:
        raise Problem("invalid_json", f"The body is nested deeper than {MAX_DEPTH}.") from None
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused("a key stands twice in one object")
    return members


def _constant(_name: str) -> None:
    raise _Refused("NaN and Infinity are not JSON")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise _Refused(f"a number has more than {MAX_DIGITS} digits")
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent that Decimal itself cannot hold
        raise _Refused("a number is out of range") from None
    if len(number.as_tuple().digits) > MAX_DIGITS:
        raise _Refused(f"a number has more than {MAX_DIGITS} digits")
    if number and not MIN_EXPONENT <= number.adjusted() <= MAX_EXPONENT:
        raise _Refused("a number is out of range")
    return number


def _measure(value: Any) -> None:
    depth, layer = 0, [value]
    while layer := [item for item in layer if isinstance(item, dict | list)]:
        depth += 1
        if depth > MAX_DEPTH:
            raise _Refused(f"it is nested deeper than {MAX_DEPTH}")
        layer = [
            child
            for parent in layer
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]


_decoder = json.JSONDecoder(
    object_pairs_hook=_pairs,
    parse_constant=_constant,
    parse_int=_integer,
    parse_float=_decimal,
)
