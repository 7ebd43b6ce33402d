"""What the JSON schemas of models say otherwise than pydantic does."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

Schema = dict[str, Any]

EXPONENT = "[eE][+-]?[0-9]+"  # as pydantic has it
READ_EXPONENT = "[eE][+-]?[0-9]{1,17}"  # as Python's decimals do


class SchemaGenerator(GenerateJsonSchema):
    """Answers have all their members, and may grow; numbers are told as the kit reads them."""

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        made = super().model_schema(schema)
        made.pop("title", None)
        if self.mode == "serialization":
            made.pop("additionalProperties", None)  # answers may grow
            made["required"] = list(made.get("properties", {}))
        return made

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> Schema:
        if self.mode == "serialization":
            return {"type": "string", "format": "decimal"}
        made = super().decimal_schema(schema)
        made["anyOf"] = [
            one | {"format": "decimal"} if one["type"] == "string" else one for one in made["anyOf"]
        ]
        return made

    def get_decimal_pattern(self, schema: core_schema.DecimalSchema) -> str | None:
        """What a number as text looks like; a least of 0 leaves the minus out."""
        pattern = self.build_decimal_pattern(schema).replace(EXPONENT, READ_EXPONENT)
        least = schema.get("ge", schema.get("gt"))
        return pattern if least is None or least < 0 else pattern.replace("[+-]?", "[+]?", 1)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        if self.mode == "serialization":
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's name
        return False  # "Created At" says no more than created_at
