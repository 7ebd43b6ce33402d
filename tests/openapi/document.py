"""Looking around in an OpenAPI document."""

from collections.abc import Iterator
from typing import Any

import requests
from jsonschema import Draft202012Validator, FormatChecker

from tests.resources import Json

EXAMPLES = ("example", "examples")
PROBLEM = "application/problem+json"


def each_operation(document: Json) -> Iterator[Json]:
    for methods in document["paths"].values():
        yield from methods.values()


def each_dict(value: Any, where: str = "") -> Iterator[tuple[str, Json]]:
    """All objects of a document, but for those within examples."""
    if isinstance(value, dict):
        yield where, value
        for name, part in value.items():
            if name not in EXAMPLES:
                yield from each_dict(part, f"{where}/{name}")
    elif isinstance(value, list):
        for part in value:
            yield from each_dict(part, where)


def problem(document: Json, path: str, method: str, status: int) -> Json:
    """The response of a problem."""
    return resolved(document, document["paths"][path][method]["responses"][str(status)])


def codes_of(content: Json) -> list[str]:
    """The codes that a problem may have."""
    found: list[str] = content[PROBLEM]["schema"]["allOf"][1]["properties"]["code"]["enum"]
    return found


def resolved(document: Json, described: Json) -> Json:
    if "$ref" not in described:
        return described
    _, _, kind, name = described["$ref"].split("/")
    found: Json = document["components"][kind][name]
    return found


def faults(document: Json, schema: Json, value: Any) -> list[str]:
    whole = schema | {"components": document["components"]}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [fault.message for fault in validator.iter_errors(value)]


def check(document: Json, schema: Json, value: Any) -> None:
    assert faults(document, schema, value) == []


def fits(document: Json, path: str, response: requests.Response) -> None:
    """Hold an answer to what is said of it: status, headers, media type and body."""
    method = str(response.request.method).lower()
    described = document["paths"][path][method]["responses"][str(response.status_code)]
    described = resolved(document, described)
    for name, reference in described["headers"].items():
        header = resolved(document, reference)
        assert name in response.headers or not header["required"], (path, method, name)
        if name in response.headers:
            check(document, header["schema"], response.headers[name])
    content = described.get("content", {})
    assert bool(content) == bool(response.content)
    if content:
        kind = response.headers["Content-Type"].partition(";")[0]
        media = content[kind]
        if kind != "text/html" and "schema" in media:
            check(document, media["schema"], response.json())
