"""Links: from what an operation gives to those that take it."""

import re

import pytest

from tests.openapi.document import each_operation
from tests.resources import Json, described

pytestmark = [pytest.mark.in_process, pytest.mark.each_counts]
KEPT = {"sku": "$response.body#/sku", "If-Match": "$response.header.ETag"}


@pytest.mark.parametrize(
    ("path", "method", "status", "links"),
    [
        (
            "/wares",
            "post",
            "201",
            {
                "get_ware": {"sku": "$response.body#/sku"},
                "replace_ware": KEPT,
                "update_ware": KEPT,
                "delete_ware": KEPT,
            },
        ),
        (
            "/wares/{sku}",
            "get",
            "200",
            {"replace_ware": KEPT, "update_ware": KEPT, "delete_ware": KEPT},
        ),
        (
            "/wares",
            "get",
            "200",
            {
                "get_ware": {"sku": "$response.body#/items/0/sku"},
                "next_page": {
                    "limit": "$request.query.limit",
                    "segment": "$request.query.segment",
                    "segments": "$request.query.segments",
                    "cursor": "$response.body#/next_cursor",
                    "sku": "$request.query.sku",
                    "sort": "$request.query.sort",
                },
            },
        ),
        ("/health", "get", "200", {}),
    ],
)
def test_links_lead_on(document: Json, path: str, method: str, status: str, links: Json) -> None:
    found = document["paths"][path][method]["responses"][status].get("links", {})
    assert {name: link["parameters"] for name, link in found.items()} == links


def test_links_resolve(document: Json) -> None:
    """Each names an operation, parameters that it has, and what the answer holds."""
    operations = {one["operationId"]: one for one in each_operation(document)}
    count = 0
    for operation in operations.values():
        for response in operation["responses"].values():
            for link in response.get("links", {}).values():
                taken = {p["name"]: p for p in operations[link["operationId"]]["parameters"]}
                assert link["parameters"].keys() <= taken.keys()
                required = {name for name, p in taken.items() if p.get("required")}
                assert required <= link["parameters"].keys()
                for expression in link["parameters"].values():
                    assert gives(document, operation, response, expression), expression
                count += 1
    assert count >= 15 * len(described())


def gives(document: Json, operation: Json, response: Json, expression: str) -> bool:
    """Whether a runtime expression can have a value."""
    if header := re.fullmatch(r"\$response\.header\.(.+)", expression):
        return header[1] in response["headers"]
    if query := re.fullmatch(r"\$request\.query\.(.+)", expression):
        return any((p["in"], p["name"]) == ("query", query[1]) for p in operation["parameters"])
    value = response["content"]["application/json"]["example"]
    for step in expression.removeprefix("$response.body#/").split("/"):
        value = value[int(step) if isinstance(value, list) else step]
    return isinstance(value, str)
