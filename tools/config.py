"""What .chalice/config.json may hold: the keys that Chalice 1.34 reads, and those of make.

Chalice itself passes over a key that it does not know, so a mistyped one would change nothing.
"""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.prerequisites import PYTHONS
from tools.refusals import Refusal

FILE = ".chalice/config.json"
NAME = r"^[A-Za-z][A-Za-z0-9-]{0,31}$"
PYTHON = f"^({'|'.join(map(re.escape, PYTHONS))})$"
# Says what a key takes; pydantic's own words are for programmers.
Switch = Annotated[bool, Field(description="true or false, without quotes")]
Text = Annotated[str, Field(description="a string, in quotes")]
Texts = Annotated[list[str], Field(description="a list of strings")]
Named = Annotated[dict[str, str], Field(description="a string, in quotes")]
Values = Annotated[
    dict[str, str | int | float | bool], Field(description="a string, a number, true or false")
]


def whole(least: int, most: int | None = None) -> Any:
    """A number without a fraction, and its description."""
    to = f"from {least} to {most}" if most else f"of at least {least}"
    return Field(0, ge=least, le=most, description=f"a whole number {to}")


class Function(BaseModel):
    """Keys of one function, of a stage, and of all stages."""

    model_config = ConfigDict(extra="forbid", strict=True)

    autogen_policy: Switch = False
    environment_variables: Named = {}
    iam_policy_file: Text = ""
    iam_role_arn: Text = ""
    lambda_memory_size: int = whole(128, 10240)
    lambda_timeout: int = whole(1, 900)
    layers: Texts = []
    log_retention_in_days: int = whole(1)
    manage_iam_role: Switch = True
    reserved_concurrency: int = whole(0)
    security_group_ids: Texts = []
    subnet_ids: Texts = []
    tags: Named = {}
    xray: Switch = False


class Keys(Function):
    """Keys of a stage, and of all stages."""

    api_gateway_custom_domain: dict[str, Any] = {}
    api_gateway_endpoint_type: Literal["EDGE", "REGIONAL", "PRIVATE"] = Field(
        "REGIONAL", description="EDGE, REGIONAL or PRIVATE"
    )
    api_gateway_endpoint_vpce: str | list[str] = Field(
        "", description="a string, or a list of them"
    )
    api_gateway_policy_file: Text = ""
    api_gateway_stage: str = Field(
        "api", pattern=r"^[A-Za-z0-9_]{1,128}$", description="letters, digits and _"
    )
    automatic_layer: Switch = True
    lambda_architecture: Literal["x86_64", "arm64"] = Field("x86_64", description="x86_64 or arm64")
    lambda_functions: dict[str, Function] = Field({}, description="an object of its keys")
    minimum_compression_size: int = whole(0, 10485760)
    websocket_api_custom_domain: dict[str, Any] = {}
    # Ours.
    account: str = Field("", pattern=r"^[0-9]{12}$", description="12 digits, in quotes")
    parameters: Values = {}
    python_version: str = Field(
        "3.11", pattern=PYTHON, description=f"one of {', '.join(PYTHONS)}, in quotes"
    )
    region: str = Field(
        "", pattern=r"^[a-z]{2,}(-[a-z]+)+-[0-9]$", description="a region, such as eu-central-1"
    )
    termination_protection: Switch = False


class File(Keys):
    """The whole file."""

    app_name: str = Field(
        pattern=NAME, description="up to 32 letters, digits and -, a letter first"
    )
    profile: Text = ""
    stages: dict[Annotated[str, Field(pattern=NAME)], Keys] = Field(
        description="objects whose names are up to 32 letters, digits and -, a letter first"
    )
    version: Text = "2.0"


def read(root: Path) -> dict[str, Any]:
    """The file as it stands, once it makes sense. Raises Refusal."""
    try:
        config: dict[str, Any] = json.loads((root / FILE).read_text(encoding="utf-8"))
        File.model_validate(config)
    except ValidationError as error:
        raise Refusal(_line(error)) from None
    except json.JSONDecodeError as error:
        raise Refusal(
            f"{FILE}, line {error.lineno}, column {error.colno}: no JSON from here on "
            f"({error.msg}); look for a comma, a quote or a brace too many or too few."
        ) from None
    except (OSError, ValueError) as error:
        raise Refusal(f"{FILE} cannot be read: {error}.") from None
    return config


def _line(failed: ValidationError) -> str:
    """The first thing that is wrong, and what would be right."""
    error = failed.errors(include_url=False)[0]
    where, keys, path = _place([str(part) for part in error["loc"]])
    if not path:
        return f"{where} takes an object: {{...}}."
    name, field = ".".join(path[:2]), keys.model_fields.get(path[0])
    match error["type"]:
        case "missing":
            return f"{where}: {name} is missing."
        case "extra_forbidden":
            near = difflib.get_close_matches(name, keys.model_fields, 1)
            known = near or sorted(keys.model_fields)
            return f"{where}: nothing reads {name}; there is {', '.join(known)}."
        case "dict_type" | "model_type":
            return f"{where}: {name} takes an object: {{...}}."
    takes = f"takes {field.description if field else ''}."
    if path[0] == "environment_variables":  # it may be a secret
        return f"{where}: {name} {takes}"
    return f"{where}: {name} is {json.dumps(error['input'])}, and {takes}"


def _place(path: list[str]) -> tuple[str, type[BaseModel], list[str]]:
    """Where a path leads: in words, to which keys, and what of it is left."""
    where = FILE
    keys: type[BaseModel] = File
    if path[:1] == ["stages"] and path[2:] not in ([], ["[key]"]):
        where, keys, path = f"{where}, stage {path[1]}", Keys, path[2:]
    if path[:1] == ["lambda_functions"] and path[2:]:
        where, keys, path = f"{where}, function {path[1]}", Function, path[2:]
    return where, keys, path
