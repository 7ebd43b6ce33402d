"""Examples: there are some of everything, and each is what it stands for."""

import pytest

from chalicekit.fields import A_KEY
from tests.openapi.document import EXAMPLES, each_dict, each_operation, faults, resolved
from tests.resources import Json

pytestmark = pytest.mark.in_process


def test_every_example_is_one(document: Json) -> None:
    """Each is valid by the schema beside it, and what can have one does."""
    count = 0
    for where, holder in each_dict(document):
        values = [holder["example"]] if "example" in holder else []
        if isinstance(given := holder.get("examples"), dict):
            values += [one["value"] for one in given.values()]
        if "schema" in holder:
            for value in values:
                assert faults(document, holder["schema"], value) == [], (where, value)
                count += 1
        for value in given if isinstance(given, list) else ():
            assert faults(document, holder, value) == [], (where, value)
            count += 1
    assert count >= 60


def test_bodies_answers_and_problems_have_examples(document: Json) -> None:
    for operation in each_operation(document):
        contents = [operation.get("requestBody", {}).get("content", {})]
        for status, response in operation["responses"].items():
            content = resolved(document, response).get("content", {})
            contents.append(content)
            if int(status) < 400:
                continue
            problem = content["application/problem+json"]
            codes = problem["schema"]["allOf"][1]["properties"]["code"]["enum"]
            assert [*problem["examples"]] == codes
            assert {e["value"]["code"] for e in problem["examples"].values()} == {*codes}
            assert {e["value"]["status"] for e in problem["examples"].values()} == {int(status)}
        for content in contents:
            for kind, media in content.items():
                free = not media or "additionalProperties" in media["schema"]
                assert free or media.keys() & {*EXAMPLES}, (operation["operationId"], kind)


def test_examples_of_a_resource_come_from_its_types(document: Json) -> None:
    wares = document["paths"]["/wares"]
    body = wares["post"]["requestBody"]["content"]["application/json"]["example"]
    assert body == {"title": "Ada Lovelace", "price": 12.5, "note": "A few words"}
    patch = document["paths"]["/wares/{sku}"]["patch"]["requestBody"]["content"]
    assert [one["example"] for one in patch.values()] == [{"title": "Ada Lovelace"}] * 2
    page = wares["get"]["responses"]["200"]["content"]["application/json"]["example"]
    (shown,) = page["items"]
    assert shown.items() >= {"price": "12.50", "sku": A_KEY, "etag": "8be2d1f5b1a90c63"}.items()
