"""What breaks clients of a released document is named, and what does not is let through."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from tests.openapi.document import codes_of, problem
from tests.resources import Json
from tools.openapi import breaking
from tools.refusals import Refusal

pytestmark = pytest.mark.in_process
Change = Callable[[Json], object]

ITEM = "/wares/{sku}"
ANSWERED = "responses/200/content/application~1json/schema"
SENT = "requestBody/content/application~1json/schema"
OTHER = '"string" became "integer"'


def schema(document: Json, name: str) -> Json:
    found: Json = document["components"]["schemas"][name]
    return found


def sent(document: Json) -> Json:
    """The members that a create may send."""
    found: Json = schema(document, "WareFields")["properties"]
    return found


def shown(document: Json) -> Json:
    found: Json = schema(document, "Ware")["properties"]
    return found


def listing(document: Json) -> Json:
    found: Json = document["paths"]["/wares"]["get"]
    return found


def codes(document: Json) -> list[str]:
    """Those of a create's 409."""
    return codes_of(problem(document, "/wares", "post", 409)["content"])


def without(members: Json, name: str) -> Json:
    return {key: value for key, value in members.items() if key != name}


def renamed(document: Json, old: str, new: str) -> None:
    """A component called otherwise, wherever it is referred to."""
    kept = document["components"]["schemas"]
    kept[new] = kept.pop(old)
    for value in [document]:
        _renamed(value, f"#/components/schemas/{old}", f"#/components/schemas/{new}")


def _renamed(value: object, old: str, new: str) -> None:
    if isinstance(value, dict):
        if value.get("$ref") == old:
            value["$ref"] = new
        for part in value.values():
            _renamed(part, old, new)
    elif isinstance(value, list):
        for part in value:
            _renamed(part, old, new)


def removed_member(document: Json) -> None:
    del shown(document)["note"]
    schema(document, "Ware")["required"].remove("note")


def moved_operation(document: Json) -> None:
    document["paths"]["/goods"] = document["paths"].pop("/wares")


def new_required_member(document: Json) -> None:
    sent(document)["weight"] = {"type": "integer"}
    schema(document, "WareFields")["required"].append("weight")


def new_member(document: Json) -> None:
    shown(document)["weight"] = {"type": "integer"}
    schema(document, "Ware")["required"].append("weight")


def created(document: Json) -> None:
    responses = document["paths"]["/wares"]["post"]["responses"]
    responses["200"] = responses.pop("201")


def never_null(members: Json) -> None:
    """A note that must be one."""
    members["note"], _ = members["note"]["anyOf"]


def new_operation(document: Json) -> None:
    document["paths"]["/goods"] = {"get": listing(document) | {"operationId": "list_goods"}}


TENANT = {"name": "tenant", "in": "query", "schema": {"type": "string"}}
SCOPE = [{"bearer": ["wares:admin"]}]

BREAKS: dict[str, tuple[Change, str]] = {
    "path gone": (moved_operation, "GET /wares: the operation is gone"),
    "method gone": (
        lambda d: d["paths"][ITEM].pop("delete"),
        "DELETE /wares/{sku}: the operation is gone",
    ),
    "other name": (
        lambda d: d["paths"][ITEM]["get"].update(operationId="read_ware"),
        'GET /wares/{sku}: operationId "get_ware" became "read_ware"',
    ),
    "status gone": (
        lambda d: d["paths"][ITEM]["get"]["responses"].pop("304"),
        "GET /wares/{sku}: responses/304 is gone",
    ),
    "other status": (created, "POST /wares: responses/201 is gone"),
    "header gone": (
        lambda d: d["paths"][ITEM]["get"]["responses"]["200"]["headers"].pop("ETag"),
        "GET /wares/{sku}: responses/200/headers/ETag is gone",
    ),
    "code gone": (lambda d: codes(d).remove("sku_taken"), "POST /wares: responses/409/"),
    "answered member gone": (
        removed_member,
        f"GET {ITEM}: {ANSWERED}/properties/note is gone",
    ),
    "answered member may be missing": (
        lambda d: schema(d, "Ware")["required"].remove("note"),
        "GET /wares: responses/200/",
    ),
    "answered type": (
        lambda d: shown(d)["title"].update(type="integer"),
        f"GET /wares: {ANSWERED}/properties/items/items/properties/title/type {OTHER}",
    ),
    "answered null": (
        lambda d: shown(d)["title"].update(type=["string", "null"]),
        "GET /wares: responses/200/",
    ),
    "required member": (
        new_required_member,
        f'POST /wares: {SENT}/required/2 "weight" is new',
    ),
    "member required": (
        lambda d: schema(d, "WareFields")["required"].append("note"),
        f'POST /wares: {SENT}/required/2 "note" is new',
    ),
    "member refused": (
        lambda d: sent(d).pop("note"),
        f"POST /wares: {SENT}/properties/note is gone",
    ),
    "type": (lambda d: sent(d)["title"].update(type="integer"), "POST /wares: requestBody/"),
    "null refused": (lambda d: never_null(sent(d)), "POST /wares: requestBody/"),
    "pattern": (
        lambda d: sent(d)["title"].update(pattern="^[a-z]+$"),
        f'POST /wares: {SENT}/properties/title/pattern "',
    ),
    "longest": (
        lambda d: sent(d)["title"].update(maxLength=50),
        f"POST /wares: {SENT}/properties/title/maxLength 100 became 50",
    ),
    "media type refused": (
        lambda d: d["paths"][ITEM]["patch"]["requestBody"]["content"].pop("application/json"),
        "PATCH /wares/{sku}: requestBody/content/application~1json is gone",
    ),
    "choice": (
        lambda d: listing(d)["parameters"][3]["schema"]["enum"].remove("-created_at"),
        'GET /wares: parameters/sort/schema/enum/1 "-created_at" is gone',
    ),
    "parameter gone": (
        lambda d: listing(d)["parameters"].pop(2),
        "GET /wares: parameters/sku is gone",
    ),
    "required parameter": (
        lambda d: listing(d)["parameters"].append(TENANT | {"required": True}),
        "GET /wares: parameters/tenant is new",
    ),
    "scope": (
        lambda d: listing(d).update(security=SCOPE),
        'GET /wares: security [{"bearer":["wares:read"]},{}] became [{"bearer":["wares:admin"]}]',
    ),
    "token": (
        lambda d: d["paths"]["/health"]["get"].update(security=SCOPE),
        'GET /health: security [] became [{"bearer":["wares:admin"]}]',
    ),
}
HARMLESS: dict[str, Change] = {
    "nothing": lambda d: d,
    "new path": new_operation,
    "new method": lambda d: d["paths"]["/wares"].update(
        delete=d["paths"][ITEM]["delete"] | {"operationId": "clear_wares"}
    ),
    "new parameter": lambda d: listing(d)["parameters"].append(TENANT),
    "other order": lambda d: listing(d)["parameters"].reverse(),
    "new status": lambda d: listing(d)["responses"].update({"410": {"description": "Gone."}}),
    "new code": lambda d: codes(d).append("title_taken"),
    "new code of all": lambda d: schema(d, "Problem")["properties"]["code"]["enum"].append("late"),
    "new member of problems": lambda d: schema(d, "Problem")["properties"].update(hint={}),
    "new answered member": new_member,
    "answered never null": lambda d: never_null(shown(d)),
    "new member": lambda d: sent(d).update(weight={"type": ["integer", "null"]}),
    "member not required": lambda d: schema(d, "WareFields")["required"].remove("title"),
    "longer": lambda d: sent(d)["title"].update(maxLength=500),
    "null taken": lambda d: sent(d)["title"].update(type=["string", "null"]),
    "no scope": lambda d: listing(d).update(security=[]),
    "text": lambda d: d["info"].update(description="Another text."),
    "example": lambda d: d["paths"]["/wares"]["post"]["responses"]["201"].pop("links"),
    "component renamed": lambda d: renamed(d, "Ware", "Good"),
}


@pytest.mark.slow  # a process each
@pytest.mark.parametrize(("change", "line"), BREAKS.values(), ids=BREAKS)
def test_what_breaks_clients_is_named(document: Json, change: Change, line: str) -> None:
    changed = deepcopy(document)
    change(changed)
    found = breaking.found(document, changed)
    assert [one for one in found if one.startswith(line)], found


def test_what_does_not_is_let_through(document: Json) -> None:
    changed = deepcopy(document)
    for change in HARMLESS.values():
        change(changed)
    assert breaking.found(document, changed) == []


def test_what_cannot_be_compared_is_one_line(document: Json) -> None:
    with pytest.raises(Refusal, match=r"^What was released cannot be compared: TypeError: .+\.$"):
        breaking.found({"paths": None}, document)
