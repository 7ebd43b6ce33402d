"""From JSON and query strings to models, with every fault in the contract's own codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from .fields import Model
from .problems import BadBody, BadQuery, FieldError, member_error, parameter_error

M = TypeVar("M", bound=Model)

# pydantic's error types that mean more than "invalid", and where their parameter is.
MAX_NAME = 100  # characters
CODES = {
    "missing": ("required", {}),
    "extra_forbidden": ("unknown", {}),
    "no_such_attribute": ("unknown", {}),
    "string_too_short": ("too_short", {"min_length": "min"}),
    "string_too_long": ("too_long", {"max_length": "max"}),
    "too_short": ("too_short", {"min_length": "min"}),
    "too_long": ("too_long", {"max_length": "max"}),
    "greater_than_equal": ("invalid", {"ge": "min"}),
    "less_than_equal": ("invalid", {"le": "max"}),
}
DETAILS = {
    "required": "Must be given",
    "unknown": "There is no such member",
    "too_short": "Too short",
    "too_long": "Too long",
}


class Patch(Generic[M]):
    """A merge patch (RFC 7396): the members that the client sent, and nothing else.

    Raises BadBody for members that are wrong whatever is stored.
    """

    def __init__(self, model: type[M], document: Mapping[str, Any]) -> None:
        self._model = model
        # A rule between members needs them all, and an object what is in it.
        self._ruled = bool(model.__pydantic_decorators__.model_validators)
        self._later = {
            name: value
            for name, value in document.items()
            if self._ruled or _reaches_into(model, name, value)
        }
        self._changes = members(
            model, {name: value for name, value in document.items() if name not in self._later}
        )

    @property
    def reads(self) -> bool:
        """Whether the stored values must be known."""
        return bool(self._later)

    def changes(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The members it sets on what is stored; None for those it removes. Raises BadBody."""
        merged = {name: merge(stored.get(name), value) for name, value in self._later.items()}
        if not self._ruled:
            return self._changes | members(self._model, merged)
        fields = self._model.model_fields
        after = {name: value for name, value in stored.items() if name in fields} | merged
        given = {k: v for k, v in after.items() if v is not None or k not in fields}
        values = whole(self._model, given).model_dump()
        return {name: values[name] for name in merged}


def merge(target: Any, patch: Any) -> Any:
    """A JSON value with a merge patch applied (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


def whole(model: type[M], document: Mapping[str, Any]) -> M:
    """A model from a body that must have every required member. Raises BadBody."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise BadBody(_errors(error)) from None


def members(model: type[Model], document: Mapping[str, Any]) -> dict[str, Any]:
    """Validated values of just the members given. Raises BadBody."""
    blank = model.model_construct()
    errors: list[FieldError] = []
    for name, value in document.items():
        try:
            model.__pydantic_validator__.validate_assignment(blank, name, value)
        except ValidationError as error:
            errors += _errors(error)
    if errors:
        raise BadBody(errors)
    values = blank.model_dump()
    return {name: values[name] for name in document}


def query(model: type[M], given: Mapping[str, Sequence[str]]) -> M:
    """A query model from query parameters. Raises BadQuery."""
    lists = {name for name, info in model.model_fields.items() if _is_list(info.annotation)}
    errors = [
        parameter_error(name, "Given more than once")
        for name, values in given.items()
        if name in model.model_fields and name not in lists and len(values) > 1
    ]
    values = {name: texts if name in lists else texts[-1] for name, texts in given.items()}
    try:
        valid = model.model_validate(values)
    except ValidationError as error:
        raise BadQuery(*errors, *map(_as_parameter, _errors(error))) from None
    if errors:
        raise BadQuery(*errors)
    return valid


def no_query(given: Iterable[str]) -> None:
    """Refuse every parameter, for views that take none. Raises BadQuery."""
    if errors := [
        parameter_error(_named(name), "There is no such parameter", "unknown") for name in given
    ]:
        raise BadQuery(*errors)


def pointer(path: Iterable[str | int]) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join(f"/{_named(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _named(name: object) -> str:
    """A name that the client made up, short enough to be sent back."""
    text = str(name)
    return text if len(text) <= MAX_NAME else f"{text[:MAX_NAME]}..."


def _errors(error: ValidationError) -> list[FieldError]:
    return [_field_error(fault) for fault in error.errors(include_url=False)]


def _field_error(fault: Any) -> FieldError:
    code, renamed = CODES.get(fault["type"], ("invalid", {}))
    if fault["input"] is None and code == "invalid":
        code, renamed = "required", {}
    context = fault.get("ctx", {})
    params = {name: context[key] for key, name in renamed.items() if key in context}
    detail = DETAILS.get(code) or fault["msg"].removeprefix("Value error, ")
    return member_error(pointer(fault["loc"]), code, f"{detail}.".replace("..", "."), **params)


def _as_parameter(error: FieldError) -> FieldError:
    name = error["pointer"].split("/")[1].replace("~1", "/").replace("~0", "~")
    detail = "There is no such parameter." if error["code"] == "unknown" else error["detail"]
    return parameter_error(name, detail, error["code"], **error["params"])


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(
        get_origin(a) is list for a in get_args(annotation)
    )


def _reaches_into(model: type[BaseModel], name: str, value: Any) -> bool:
    if not isinstance(value, dict) or name not in model.model_fields:
        return False
    annotation = model.model_fields[name].annotation
    kinds = get_args(annotation) if get_origin(annotation) is not dict else ()
    return any(
        kind is dict
        or get_origin(kind) is dict
        or (isinstance(kind, type) and issubclass(kind, BaseModel))
        for kind in (annotation, *kinds)
    )
