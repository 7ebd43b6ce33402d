"""The JSON schemas of an OpenAPI document: what pydantic says of the models, and what the kit adds.

An answer has every member always, and may grow; a request takes no unknown ones. A PUT or PATCH
may send back what GET gave, so server-kept members stand in requests too, as read-only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema, core_schema

from .endpoint import Operation
from .fields import Model, Page, Stored
from .problems import CATALOGUE, MAX_ERRORS, MEMBER_CODES, catalogue

Schema = dict[str, Any]

KEPT = "Kept by the server; ignored where a client sends it."
BODY_ETAG = {
    "type": ["string", "null"],
    "pattern": r"^[!#-)+\--~]+$",
    "description": "Makes the write conditional, as the header If-Match does; the header wins.",
}


class Schemas:
    """The schemas of the operations' bodies and results, and of problems."""

    def __init__(self, operations: Sequence[Operation], taken: Iterable[str]) -> None:
        inputs: list[Any] = []
        for operation in operations:
            if operation.body:
                inputs.append((operation.body, "validation", TypeAdapter(operation.body)))
            if operation.status != 204:
                shown = _shown(operation.result)
                inputs.append((str(shown), "serialization", TypeAdapter(shown)))
        self._made, definitions = TypeAdapter.json_schemas(
            inputs, ref_template="#/components/schemas/{model}", schema_generator=_Generator
        )
        self.components: dict[str, Schema] = definitions.get("$defs", {}) | _problems(taken)

    def of_result(self, operation: Operation) -> Schema:
        """What it gives, as JSON."""
        schema = self._made[str(_shown(operation.result)), "serialization"]
        if get_origin(operation.result) is not Page:
            return schema
        name = f"{_name(schema)}Page"
        self.components[name] = _page(schema)
        return ref("schemas", name)

    def of_body(self, operation: Operation) -> Schema:
        """What it takes, as JSON. Each method has a schema of its own: what it requires differs."""
        assert operation.body is not None
        schema = self._made[operation.body, "validation"]
        name = _name(schema)
        fields = self.components[name]
        if operation.patch:
            fields, name = self._partial(name), f"{name}Patch"
        elif operation.method == "PUT":
            name = f"{name}Put"
        if operation.stored:
            fields = _with_kept(fields, operation)
        self.components[name] = fields
        return ref("schemas", name)

    def _partial(self, name: str) -> Schema:
        """The schema of a merge patch: no member is required, nor within nested objects."""
        whole = self.components[name]
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
        if "properties" not in self.components[name]:
            return schema
        if f"{name}Patch" not in self.components:
            self.components[f"{name}Patch"] = {}  # stops at a model that holds itself
            self.components[f"{name}Patch"] = self._partial(name)
        return ref("schemas", f"{name}Patch")


def ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def query_properties(model: type[Model] | None) -> dict[str, Schema]:
    """The schema of each parameter of a query; one that is left out is no null."""
    if model is None:
        return {}
    members = model.model_json_schema(schema_generator=_Generator)["properties"]
    return {name: _given(schema) for name, schema in members.items()}


class _Generator(GenerateJsonSchema):
    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        made = super().model_schema(schema)
        if self.mode == "serialization":
            made.pop("additionalProperties", None)  # answers may grow
            made["required"] = list(made.get("properties", {}))
        return made

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # "Created At" says no more than created_at


def _shown(result: Any) -> Any:
    return get_args(result)[0] if get_origin(result) is Page else result


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _page(item: Schema) -> Schema:
    about = "Where the list goes on; null exactly when nothing follows."
    cursor = {"type": ["string", "null"], "description": about}
    return _object({"items": {"type": "array", "items": item}, "next_cursor": cursor})


def _with_kept(fields: Schema, operation: Operation) -> Schema:
    """The members that a client may set, and those that it may send back."""
    members = dict(fields["properties"])
    if operation.method == "POST":
        # A JSON integer is taken as its decimal string, null as none given.
        members[operation.key] = {"anyOf": [members[operation.key], {"type": ["integer", "null"]}]}
    else:
        about = "Where it is sent, it must be the key in the path."
        members[operation.key] = members[operation.key] | {"readOnly": True, "description": about}
    for name in Stored.model_fields:
        members[name] = {"readOnly": True, "description": KEPT}
    if operation.method != "POST":
        members["etag"] = BODY_ETAG
    return fields | {"properties": members}


def _given(schema: Schema) -> Schema:
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    for choice in schema.get("anyOf", ()):
        rest |= choice if choice != {"type": "null"} else {}
    if rest.get("default", ...) is None:
        del rest["default"]
    return rest


def _problems(taken: Iterable[str]) -> dict[str, Schema]:
    text = {"type": "string"}
    error = _object(
        {
            "pointer": text | {"description": "A JSON Pointer to a member of the body."},
            "parameter": text | {"description": "The name of a query parameter."},
            "header": text | {"description": "The name of a request header."},
            "code": {"enum": list(MEMBER_CODES)},
            "params": {"type": "object", "description": "Such as `{\"min\": 1}`."},
            "detail": text | {"description": "For people."},
        },
        optional=["pointer", "parameter", "header"],
    )
    problem = _object(
        {
            "type": text | {"format": "uri-reference", "description": "Explains the code."},
            "title": text,
            "status": {"enum": sorted({status for status, _, _ in CATALOGUE.values()})},
            "code": {"enum": list(catalogue(taken))},
            "detail": text | {"description": "For people."},
            "instance": text | {"description": "`urn:request:` and the request id."},
            "errors": {
                "type": "array",
                "items": ref("schemas", "FieldError"),
                "maxItems": MAX_ERRORS,
            },
            "current": {"type": "object", "description": "With 412: the item as it now is."},
        },
        optional=["errors", "current"],
    )
    return {"Problem": problem, "FieldError": error}


def _object(members: dict[str, Any], optional: Sequence[str] = ()) -> Schema:
    required = [name for name in members if name not in optional]
    return {"type": "object", "properties": members, "required": required}
