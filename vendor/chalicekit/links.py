"""From one operation's answer to the next operation, for OpenAPI: made from paths and models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args, get_origin

from .fields import ListQuery, Page, key_of
from .operation import CONDITIONAL, SEGMENTS, Operation

Link = dict[str, Any]
Named = tuple[str, Operation]  # by its operationId

FURTHER = (
    "The next page; where `next_cursor` is null, there is none. "
    "Lines of JSON go on by the header Link."
)


def links(operation: Operation, all_of_them: Sequence[Named]) -> dict[str, Link]:
    """What can be done with what it gives, each by the name of that operation."""
    if get_origin(operation.result) is Page:
        return _of_page(operation, all_of_them)
    if not operation.stored:
        return {}
    key = operation.key
    path = item_path(operation.path, key)
    return {
        name: _link(name, other, {key: f"$response.body#/{key}"}, etag="$response.header.ETag")
        for name, other in all_of_them
        if other.path == path and other is not operation
    }


def item_path(path: str, key: str) -> str:
    """The path of one item of a list, or of the item itself."""
    return path if path.endswith(f"/{{{key}}}") else f"{path}/{{{key}}}"


def _of_page(operation: Operation, all_of_them: Sequence[Named]) -> dict[str, Link]:
    key = key_of(get_args(operation.result)[0])
    path = item_path(operation.path, key)
    first = {key: f"$response.body#/items/0/{key}"}
    found = {
        name: _link(name, other, first)
        for name, other in all_of_them
        if other.path == path and other.method == "GET"
    }
    if operation.query is None or not issubclass(operation.query, ListQuery):
        return found
    # A cursor belongs to the filter and order that it came with, so these are sent again.
    asked = {name: f"$request.query.{name}" for name in [*operation.query.model_fields, *SEGMENTS]}
    parameters = asked | {"cursor": "$response.body#/next_cursor"}
    own = next(name for name, other in all_of_them if other is operation)
    return found | {
        "next_page": {"operationId": own, "parameters": parameters, "description": FURTHER}
    }


def _link(name: str, to: Operation, parameters: dict[str, str], etag: str = "") -> Link:
    if etag and to.method in CONDITIONAL:
        parameters |= {"If-Match": etag}
    about = (to.view.__doc__ or name.replace("_", " ")).partition(".")[0].strip()
    return {"operationId": name, "parameters": parameters, "description": f"{about}."}
