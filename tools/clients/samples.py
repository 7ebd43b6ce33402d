"""Values that an operation takes, made from its schema."""

from __future__ import annotations

from typing import Any

from tools.refusals import Refusal

Json = dict[str, Any]

# Another one each time: what is unique may be made again.
OF_FORMAT = {
    "email": "{{$guid}}@example.org",
    "idn-email": "{{$guid}}@example.org",
    "date-time": "2026-01-01T00:00:00.000Z",
    "date": "2026-01-01",
    "uuid": "{{$guid}}",
    "uri": "https://example.org/",
}
DEEPEST = 8  # a model may hold itself


class Samples:
    """The values of one document."""

    def __init__(self, document: Json) -> None:
        self._document = document

    def body(self, content: Json, method: str) -> Any:
        """A body with what is required; of a patch, which requires nothing, the first text."""
        schema = self._resolved(content["schema"])
        if method == "patch":
            return self._change(schema)
        return self._value("", schema)

    def members_of_answer(self, operation: Json) -> set[str]:
        """The members of the JSON that an operation answers; none where it is no object."""
        found: set[str] = set()
        for code, response in operation["responses"].items():
            content = self._resolved(response).get("content", {})
            if code.startswith("2") and "schema" in content.get("application/json", {}):
                schema = self._resolved(content["application/json"]["schema"])
                found |= schema.get("properties", {}).keys()
        return found

    def _change(self, schema: Json) -> Json:
        for name, member in schema["properties"].items():
            if member.get("type") == "string" and not member.get("readOnly"):
                return {name: self._value(name, member) + " II"}
        return {}

    def _value(self, name: str, schema: Json, depth: int = 0) -> Any:
        schema = self._resolved(schema)
        if "examples" in schema:
            return schema["examples"][0]
        for given in ("const", "default"):
            if given in schema:
                return schema[given]
        if "enum" in schema:
            return schema["enum"][0]
        if choices := schema.get("anyOf") or schema.get("oneOf"):
            return self._value(name, choices[0], depth + 1)
        kind = schema.get("type", "object")
        if depth > DEEPEST:
            return None
        return self._of_type(kind if isinstance(kind, str) else kind[0], name, schema, depth)

    def _of_type(self, kind: str, name: str, schema: Json, depth: int) -> Any:
        match kind:
            case "string":
                text = OF_FORMAT.get(schema.get("format", ""), name.replace("_", " ").capitalize())
                return text[: schema.get("maxLength")]
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return False
            case "array":
                if not schema.get("minItems"):
                    return []
                return [self._value(name, schema["items"], depth + 1)]
        required, members = schema.get("required", []), schema.get("properties", {})
        return {each: self._value(each, members[each], depth + 1) for each in required}

    def _resolved(self, schema: Json) -> Json:
        """The schema that a reference means. Raises Refusal."""
        seen: set[str] = set()
        while "$ref" in schema:
            address = schema["$ref"]
            if address in seen or not address.startswith("#/"):
                raise Refusal(f"The document's $ref {address} leads nowhere within it.")
            seen.add(address)
            _, *names = address.split("/")
            schema = self._document
            for name in names:
                schema = schema[name]
        return schema
