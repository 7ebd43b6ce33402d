"""What a resource is made of: types of members, and the bases of its models."""

import unicodedata
import uuid
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
MAX_ID = 64
MAX_LIMIT = 100
MAX_IDS = 100

# What OpenAPI can say of _visible and _readable: the characters that they refuse, and that white
# space alone is nothing.
_CONTROLS = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_UNREADABLE = r"\u0000-\u0008\u000e-\u001b\u001f\u007f-\u0084\u0086-\u009f"
# What a document shows as a value of a type; a member's own Field(examples=[...]) goes before it.
LIKE = "x-like"
A_KEY = "67f1a9a8-06d6-4e7c-88dd-1d0f6f33f5e9"
KEY = object()  # marks the member that is the table's key
STORED = {"stored": True}  # the validation context of items read back from DynamoDB


class Model(BaseModel):
    """A model that takes no unknown members, and keeps what it was given out of its errors."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        allow_inf_nan=False,
        defer_build=True,  # what checks it is made for the first request that needs it
    )


class Stored(Model):
    """What the server keeps beside a resource's own members; null in items written by hand."""

    created_at: Annotated[
        str | None,
        Field(
            description="When it was made; null where that is not known.",
            json_schema_extra={"format": "date-time", LIKE: "2026-11-20T14:40:11.902Z"},
        ),
    ] = None
    updated_at: Annotated[
        str | None,
        Field(
            description="When it was changed last; null where that is not known.",
            json_schema_extra={"format": "date-time", LIKE: "2026-11-20T14:40:11.902Z"},
        ),
    ] = None
    etag: Annotated[
        str,
        Field(
            description="Its revision, as the header ETag has it, without quotes.",
            json_schema_extra={LIKE: "8be2d1f5b1a90c63"},
        ),
    ]


T = TypeVar("T")


class Page(Generic[T]):
    """A page of a list, and the cursor behind it: None exactly when nothing follows."""

    def __init__(self, items: list[T], next_cursor: str | None = None) -> None:
        self.items = items
        self.next_cursor = next_cursor


def iso(time: datetime) -> str:
    """A time as `Date.toISOString()` writes it: UTC, three decimals and Z; so texts sort."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> str:
    """The present time, as `iso` writes it."""
    return iso(datetime.now(UTC))


def new_id() -> str:
    return str(uuid.uuid4())


def _key_text(value: object) -> object:
    # A JSON integer is taken as its decimal string: tutorials use integer ids.
    if value is None:
        return new_id()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


# Unicode's embeddings, overrides and isolates: they show what stands behind them in another order.
TURNS = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def _without(characters: str) -> dict[str, Any]:
    """The JSON schema of a text that holds none of these, and something else than white space."""
    return {"pattern": rf"^[^{characters}]*[^{characters}\s][^{characters}]*$"}


def _one_line(value: object) -> object:
    """Trimming would hide a line break at an end, and what becomes a header must never hold one."""
    if isinstance(value, str) and value != "".join(value.splitlines()):
        raise PydanticCustomError("invalid", "Must be one line")
    if isinstance(value, str) and TURNS & {*value}:
        raise PydanticCustomError("invalid", "Must not turn the direction of what follows")
    return value


def _lines(value: object) -> object:
    return "\n".join(value.splitlines()) if isinstance(value, str) else value


def _readable(value: str) -> str:
    _visible(value.replace("\n", " ").replace("\t", " "))
    return value


def _visible(value: str) -> str:
    kinds = {unicodedata.category(char) for char in value}
    if kinds & {"Cc", "Zl", "Zp", "Cs"}:
        raise PydanticCustomError("invalid", "Must not hold control characters or line breaks")
    if not any(kind[0] in "LNPS" or kind == "Co" for kind in kinds):
        raise PydanticCustomError("invalid", "Must hold a character that can be seen")
    return value


def _email(value: str, info: ValidationInfo) -> str:
    if info.context is STORED:
        return value
    # Imported here: it is a quarter of a cold start, and only writes need it.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(value, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        raise PydanticCustomError("invalid", "Must be an e-mail address") from None


def _limit(value: object) -> object:
    if not isinstance(value, str):
        return value
    digits = value.lstrip("0") if value.isascii() and value.isdigit() else ""
    if not digits:
        raise PydanticCustomError("invalid", "Must be a whole number from 1, in ASCII digits")
    return int(digits) if len(digits) <= len(str(MAX_LIMIT)) else MAX_LIMIT


Time = Annotated[AwareDatetime, PlainSerializer(iso, return_type=str)]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(json_schema_extra=_without(_CONTROLS) | {LIKE: "Ada Lovelace"}),
    AfterValidator(_visible),
]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(_email),
    Field(json_schema_extra={"format": "idn-email", LIKE: "ada@example.org"}),
]
OneLine = BeforeValidator(_one_line)  # for what becomes a header: Annotated[Name, OneLine]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=5000),
    BeforeValidator(_lines),  # line breaks of every kind become \n
    AfterValidator(_readable),
    Field(json_schema_extra=_without(_UNREADABLE) | {LIKE: "A line,\nand another."}),
]
# The pattern says how long a key is; in a document it stands apart from it, too.
Id = Annotated[
    str, StringConstraints(pattern=ID_PATTERN), Field(json_schema_extra={"maxLength": MAX_ID})
]
Ids = Annotated[list[Id] | None, Field(max_length=MAX_IDS)]
Key = Annotated[
    str,
    BeforeValidator(_key_text),
    StringConstraints(pattern=ID_PATTERN),
    Field(
        default_factory=new_id,
        json_schema_extra={LIKE: A_KEY, "maxLength": MAX_ID},
    ),
    KEY,
]


class ListQuery(Model):
    """The query of every list; a subclass adds filters and `sort`."""

    limit: Annotated[
        int,
        BeforeValidator(_limit),
        AfterValidator(lambda value: min(value, MAX_LIMIT)),
        Field(
            description=f"How many a page shows at most; over {MAX_LIMIT} reads as {MAX_LIMIT}.",
            json_schema_extra={"minimum": 1},
        ),
    ] = 20
    cursor: Annotated[
        str | None,
        Field(
            description="The next_cursor of the page before.",
            json_schema_extra={"maxLength": 4000},
        ),
    ] = None


@cache
def key_of(model: type[BaseModel]) -> str:
    """The name of the member annotated `Key`.

    Raises TypeError where there is none.
    """
    for name, info in model.model_fields.items():
        if KEY in info.metadata:
            return name
    raise TypeError(f"{model.__name__} has no member annotated Key")
