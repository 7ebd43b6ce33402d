"""The JSON schemas of an OpenAPI document: what pydantic says of the models, and what the kit adds.

An answer has every member always, and may grow; a request takes no unknown ones. A PUT or PATCH
may send back what GET gave, so server-kept members stand in requests too, as read-only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, get_args, get_origin

from pydantic import TypeAdapter

from .etags import ETAG
from .export import MOST_BYTES
from .fields import ID_PATTERN, LIKE, MAX_ID, MAX_IDS, MAX_LIMIT, Model, Page, Stored
from .operation import Operation
from .problems import CATALOGUE, MAX_ERRORS, MEMBER_CODES, catalogue
from .schema_generator import SchemaGenerator

Schema = dict[str, Any]

A_CURSOR = "bSqI4vC0hYI"
NEW_KEY = "Made by the server where none is given; an integer is taken as its decimal string."
OLD_KEY = "Where it is sent, it must be the key in the path."
KEPT = "Kept by the server; ignored where a client sends it."
BODY_ETAG = {
    "type": ["string", "null"],
    "pattern": f"^{ETAG}$",
    "maxLength": 128,
    "description": "Makes the write conditional, as the header If-Match does; the header wins.",
}

LINES = "Not an array, but its items: each is one line of JSON, and ends with a line feed."
MOST_LINES = MOST_BYTES // len("{}\n")


class Schemas:
    """The schemas of the operations' bodies and results, and of problems."""

    def __init__(self, operations: Sequence[Operation], taken: Iterable[str]) -> None:
        inputs: list[Any] = []
        for operation in operations:
            if operation.body:
                inputs.append((operation.body, "validation", TypeAdapter(operation.body)))
            if operation.status != 204 and not operation.media:
                shown = _shown(operation.result)
                inputs.append((str(shown), "serialization", TypeAdapter(shown)))
        self._made, definitions = TypeAdapter.json_schemas(
            inputs,
            ref_template="#/components/schemas/{model}",
            union_format="primitive_type_array",
            schema_generator=SchemaGenerator,
        )
        self._models: dict[str, Schema] = definitions.get("$defs", {})
        self.components = self._models | _problems(taken)

    def of_result(self, operation: Operation) -> Schema:
        """What it gives, as JSON."""
        schema = self._made[str(_shown(operation.result)), "serialization"]
        if get_origin(operation.result) is not Page:
            return schema
        name = f"{_name(schema)}Page"
        self.components[name] = _page(schema)
        return ref("schemas", name)

    def of_lines(self, operation: Operation) -> Schema:
        """What it gives as lines: a schema stands for the items as an array has them (OpenAPI's
        media type registry).
        """
        item = self._made[str(_shown(operation.result)), "serialization"]
        return {"type": "array", "items": item, "maxItems": MOST_LINES, "description": LINES}

    def of_model(self, model: type[Stored]) -> Schema:
        """One stored item, as JSON."""
        return self._made[str(model), "serialization"]

    def of_body(self, operation: Operation) -> Schema:
        """What it takes, as JSON. Each method has a schema of its own: what it requires differs."""
        assert operation.body is not None
        name = _name(self._made[operation.body, "validation"])
        fields = self._partial(name) if operation.patch else self._models[name]
        name = self.name_of_body(operation)
        if operation.stored:
            fields = _with_kept(fields, operation)
        self.components[name] = fields
        return ref("schemas", name)

    def name_of_body(self, operation: Operation) -> str:
        """The name of what `of_body` gives."""
        assert operation.body is not None
        name = _name(self._made[operation.body, "validation"])
        return f"{name}Patch" if operation.patch else f"{name}{'Put' * (operation.method == 'PUT')}"

    def _partial(self, name: str) -> Schema:
        """The schema of a merge patch: no member is required, nor within nested objects."""
        whole = self._models[name]
        members = {member: self._partially(s) for member, s in whole["properties"].items()}
        return {k: v for k, v in whole.items() if k != "required"} | {"properties": members}

    def _partially(self, schema: Any) -> Any:
        if isinstance(schema, list):
            return [self._partially(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        if "$ref" not in schema:
            # A list is replaced as a whole, so what stands in it stays as it is.
            return {
                k: v if k == "items" else self._partially(v)
                for k, v in schema.items()
                if k != "default"
            }
        name = _name(schema)
        if "properties" not in self._models[name]:
            return schema
        if f"{name}Patch" not in self.components:
            self.components[f"{name}Patch"] = {}  # stops at a model that holds itself
            self.components[f"{name}Patch"] = self._partial(name)
        return ref("schemas", f"{name}Patch")


def ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def query_properties(model: type[Model] | None) -> dict[str, Schema]:
    """The schema of each parameter of a query; one that is left out is no null.

    A view that is given whatever is sent names none.
    """
    if model is None or get_origin(model) is dict:
        return {}
    made = model.model_json_schema(
        union_format="primitive_type_array", schema_generator=SchemaGenerator
    )
    return {name: _given(schema) for name, schema in made["properties"].items()}


def _shown(result: Any) -> Any:
    """The type of what is shown: of a page, of each item."""
    return get_args(result)[0] if get_origin(result) in (Page, Annotated) else result


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _page(item: Schema) -> Schema:
    about = "Where the list goes on; null exactly when nothing follows."
    cursor = {"type": ["string", "null"], "description": about, LIKE: A_CURSOR}
    items = {"type": "array", "items": item, "maxItems": max(MAX_LIMIT, MAX_IDS)}
    return _object({"items": items, "next_cursor": cursor})


def _with_kept(fields: Schema, operation: Operation) -> Schema:
    """The members that a client may set, and those that it may send back."""
    members = dict(fields["properties"])
    key: Schema = {"type": ["string", "integer"], "pattern": ID_PATTERN, "maxLength": MAX_ID}
    if operation.method == "POST":
        key |= {"type": ["string", "integer", "null"], "description": NEW_KEY}
    else:
        key |= {"readOnly": True, "description": OLD_KEY}
    if operation.key in members:  # else the server alone makes it
        members[operation.key] = key
    for name in Stored.model_fields:
        members[name] = {"readOnly": True, "description": KEPT}
    if operation.method != "POST":
        members["etag"] = BODY_ETAG
    return fields | {"properties": members}


def _given(schema: Schema) -> Schema:
    """The schema of an optional value where it is given: without null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    rest |= choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {}
    if isinstance(kinds := rest.get("type"), list):
        rest["type"] = next(kind for kind in kinds if kind != "null")
    if rest.get("default", ...) is None:
        del rest["default"]
    return rest


def _problems(taken: Iterable[str]) -> dict[str, Schema]:
    text = {"type": "string"}
    about = {
        "pointer": "A JSON Pointer to a member of the body.",
        "parameter": "The name of a query parameter.",
        "header": "The name of a request header.",
    }
    places: Schema = {name: text | {"description": line} for name, line in about.items()}
    rest: Schema = {"code": {"enum": list(MEMBER_CODES)}, "params": {"type": "object"}}
    error = _object(places | rest | {"detail": text}, optional=list(places))
    some = {"type": "array", "items": ref("schemas", "FieldError"), "maxItems": MAX_ERRORS}
    members: Schema = {
        "type": text | {"format": "uri-reference", "description": "Explains the code."},
        "title": text,
        "status": {"enum": sorted({status for status, _, _ in CATALOGUE.values()})},
        "code": {"enum": list(catalogue(taken))},
        "detail": text | {"description": "For people; the wording may change."},
        "instance": text | {"description": "`urn:request:` and the request id."},
        "errors": some,
        "current": {"type": "object", "description": "With 412: the item as it now is."},
    }
    return {"Problem": _object(members, optional=["errors", "current"]), "FieldError": error}


def _object(members: dict[str, Any], optional: Sequence[str] = ()) -> Schema:
    required = [name for name in members if name not in optional]
    return {"type": "object", "properties": members, "required": required}
