"""The OpenAPI document: valid, complete, and true of the answers that the API really gives."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests
from chalice.app import Chalice
from openapi_spec_validator import validate

from chalicekit import openapi, schemas
from chalicekit.endpoint import Call, Patch, Response, Routes
from chalicekit.fields import LIKE, Key, Model, Stored
from chalicekit.table import TABLES
from tests.contract.client import Api
from tests.engines import ROOT
from tests.openapi import written
from tests.openapi.document import (
    PROBLEM,
    check,
    codes_of,
    each_dict,
    each_operation,
    faults,
    fits,
    problem,
    resolved,
)
from tests.resources import Json, Resource, described
from tests.resources.wares import WARES
from tests.targets import Target, loaded

pytestmark = [pytest.mark.in_process, pytest.mark.each_counts]
RESOURCES = pytest.mark.parametrize("resource", described().values(), ids=str)


def test_it_is_valid(document: Json) -> None:
    validate(document)


def test_every_view_with_types_is_in_it_and_nothing_else(document: Json) -> None:
    told = {
        (method, path, operation["operationId"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert told == {(view.method, view.path, view.name) for view in written.views()}


def test_what_is_not_described_is_named(document: Json) -> None:
    """Greedy routes, mounts, and those of Chalice's own: with them, it is every path there is."""
    (line,) = re.findall("^Served, too, .*", document["info"]["description"], re.MULTILINE)
    others = re.findall("`(.*?)`", line)
    assert "/{proxy+}" in others
    assert sorted([*others, *document["paths"]]) == sorted(loaded().routes)


def test_each_view_s_own_problems_are_in_it(document: Json) -> None:
    """By its source: what it raises where no test comes. tests/promised.py sees all the others."""
    for view in written.views():
        responses = document["paths"][view.path][view.method]["responses"]
        contents = [resolved(document, one).get("content", {}) for one in responses.values()]
        told = {code for content in contents if PROBLEM in content for code in codes_of(content)}
        assert view.problems <= told, f"{view.name}: say problems=(...) where its route is"


def test_every_table_is_described_to_the_tests() -> None:
    ours = {table.name for table in TABLES if table.model.__module__.startswith("chalicelib.")}
    assert ours | {WARES.table} == {resource.table for resource in described().values()}, (
        "each needs a file in tests/resources"
    )


def test_the_codes_are_the_closed_list(document: Json) -> None:
    codes = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert {"sku_taken", "stale", "cursor_invalid"} <= set(codes)
    assert {f"{resource.unique or resource.key}_taken" for resource in described().values()} <= {
        *codes
    }
    assert not [code for code in codes if "<" in code]


@pytest.mark.parametrize(("prefix", "url"), [("", "/"), ("/dev", "/dev")])
def test_the_server_is_where_the_stage_is(prefix: str, url: str) -> None:
    assert openapi.document(Chalice("x"), prefix)["servers"] == [{"url": url}]


def test_a_list_names_its_parameters(document: Json) -> None:
    operation = document["paths"]["/wares"]["get"]
    parameters = {p["name"]: p["schema"] for p in operation["parameters"]}
    assert parameters["limit"] == {"type": "integer", "minimum": 1, "default": 20}
    assert parameters["cursor"] == {"type": "string", "maxLength": 4000}
    assert parameters["sort"] == {"type": "string", "enum": ["created_at", "-created_at"]}
    assert (parameters["sku"]["type"], parameters["sku"]["maxItems"]) == ("array", 100)
    assert operation["summary"] == "List wares, a page at a time"


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/wares", "get", set()),
        ("/wares", "post", {"Idempotency-Key"}),
        ("/wares/{sku}", "get", {"If-None-Match"}),
        ("/wares/{sku}", "put", {"If-Match", "If-None-Match"}),
        ("/wares/{sku}", "patch", {"If-Match", "If-None-Match"}),
        ("/wares/{sku}", "delete", {"If-Match", "If-None-Match"}),
    ],
)
def test_request_headers_stand_where_they_apply(
    document: Json, path: str, method: str, headers: set[str]
) -> None:
    parameters = document["paths"][path][method].get("parameters", [])
    assert {p["name"] for p in parameters if p["in"] == "header"} == headers


@RESOURCES
def test_answers_are_as_described(target: Target, document: Json, resource: Resource) -> None:
    api, seen = Api(target, resource), set()
    for response in story(api):
        method = str(response.request.method).lower()
        path = (
            resource.path
            if at_collection(response, resource)
            else f"{resource.path}/{{{resource.key}}}"
        )
        fits(document, path, response)
        seen.add((method, response.status_code))
    assert {status for _, status in seen} == {200, 201, 204, 304, 400, 404, 409, 412, 415, 422}


def test_what_is_not_of_a_resource_is_as_described(target: Target, document: Json) -> None:
    def get(path: str, **headers: str) -> requests.Response:
        return target.session.get(f"{target.base_url}{path}", headers=headers)

    fits(document, "/health", get("/health"))
    fits(document, "/health", get("/health?deep=1"))
    fits(document, "/health", get("/health?deep=7"))
    fits(document, "/openapi.json", get("/openapi.json"))
    fits(document, "/openapi.json", get("/openapi.json", **{"If-None-Match": "*"}))
    fits(document, "/openapi.json", get("/openapi.json?a=b"))


def story(api: Api) -> Iterator[requests.Response]:
    """One answer of each kind that an item's life brings."""
    sample, resource = api.resource.sample(), api.resource
    made = api.post(sample)
    key = made.json()[resource.key]
    yield made
    yield api.post(sample | {resource.key: key})
    yield api.post({})
    yield api.post_bytes(b"{")
    yield api.post_bytes(b"{}", "text/plain")
    yield api.query(limit="1")
    yield api.query(limit="0")
    yield api.get(key)
    yield api.get(key, {"If-None-Match": "*"})
    yield api.get("missing")
    yield api.put(key, made.json())
    yield api.put(key, sample, {"If-Match": '"gone"'})
    yield api.put(key, {})
    yield api.patch(key, {})
    yield api.patch("missing", {})
    yield api.delete(key, {"If-Match": '"gone"'})
    yield api.delete(key)
    yield api.delete(key)


@RESOURCES
def test_bodies_are_as_described(document: Json, resource: Resource) -> None:
    item = f"{resource.path}/{{{resource.key}}}"
    post, put, patch = (
        body_schema(document, *where)
        for where in ((resource.path, "post"), (item, "put"), (item, "patch"))
    )
    sample = resource.sample()
    for schema in (post, put):
        check(document, schema, sample)
        assert faults(document, schema, {})
        assert faults(document, schema, sample | {"nonsense": 1})
        assert faults(document, schema, sample | {resource.text: None})
    for key in ("a-1", 7, None):
        check(document, post, sample | {resource.key: key})
    assert faults(document, post, sample | {resource.key: "a b"})
    kept = {"created_at": "2026-01-01T00:00:00.000Z", "updated_at": None, "etag": "0a1b"}
    check(document, put, sample | kept | {resource.key: "a-1"})
    for changes in ({}, {resource.text: "New"}, {"etag": "0a1b"}):
        check(document, patch, changes)
    assert faults(document, patch, {resource.text: None})
    assert faults(document, patch, {"nonsense": 1})


def test_decimals_are_text_in_answers_and_either_in_requests(document: Json) -> None:
    shown = document["components"]["schemas"]["Ware"]["properties"]["price"]
    assert shown == {"type": "string", "format": "decimal"}
    schema = body_schema(document, "/wares", "post")
    for price in (12.5, 12, "12.50"):
        check(document, schema, WARES.sample() | {"price": price})
    assert faults(document, schema, WARES.sample() | {"price": True})
    assert faults(document, schema, WARES.sample() | {"price": -1})


def test_patches_are_described_as_merge_patches(document: Json) -> None:
    content = document["paths"]["/wares/{sku}"]["patch"]["requestBody"]["content"]
    assert list(content) == ["application/merge-patch+json", "application/json"]


class Address(Model):
    city: str
    zip: str | None = None


class ShopFields(Model):
    id: Key
    address: Address
    rate: Decimal = Decimal(1)


class Shop(Stored, ShopFields):
    pass


def test_models_within_models() -> None:
    """A patch reaches into an object: none of its members is required. An answer shows all."""
    routes = Routes(__name__)

    @routes.patch("/shops/{id}")
    def update_shop(id: str, body: Patch[ShopFields], call: Call) -> Shop:
        raise NotImplementedError

    app = Chalice("shops")
    app.register_blueprint(routes)
    document = openapi.document(app)
    validate(document)
    schema = body_schema(document, "/shops/{id}", "patch")
    check(document, schema, {"address": {"zip": None}})
    assert faults(document, schema, {"address": {"zap": 1}})
    shown: Json = {"id": "1", "address": {"city": "Oslo"}, "rate": "1"}
    shown |= {"created_at": None, "updated_at": None, "etag": "0a"}
    assert faults(document, schemas.ref("schemas", "Shop"), shown)
    shown["address"] = {"city": "Oslo", "zip": None}
    check(document, schemas.ref("schemas", "Shop"), shown)


def test_a_key_is_offered_only_where_a_table_keeps_it() -> None:
    """What a view keeps in other ways knows nothing of an Idempotency-Key."""
    routes = Routes(__name__)

    @routes.post("/shops")
    def create_shop(body: ShopFields, call: Call) -> Shop:
        raise NotImplementedError

    app = Chalice("shops")
    app.register_blueprint(routes)
    assert "parameters" not in openapi.document(app)["paths"]["/shops"]["post"]


def test_the_document_is_asked_for_again_for_nothing(target: Target) -> None:
    url, session = f"{target.base_url}/openapi.json", target.session
    first = session.get(url)
    etag = first.headers["ETag"]
    assert re.fullmatch('"[0-9a-f]{32}"', etag)
    assert first.headers["Cache-Control"] == "no-cache"
    assert session.get(url).headers["ETag"] == etag
    for method in ("GET", "HEAD"):
        for tag in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = session.request(method, url, headers={"If-None-Match": tag})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["ETag"] == etag
            assert again.headers["Cache-Control"] == "no-cache"
        other = session.request(method, url, headers={"If-None-Match": '"other"'})
        assert (other.status_code, other.headers["ETag"]) == (200, etag)
        assert bool(other.content) == (method == "GET")


def test_two_views_of_one_name_are_refused() -> None:
    """Clients make a function of each name, and a second one would take the first one's place."""
    app = Chalice("shops")
    for path in ("/shops", "/stores"):
        routes = Routes(__name__)

        @routes.get(path)
        def list_shops() -> list[str]:
            raise NotImplementedError

        app.register_blueprint(routes)
    said = "GET /shops and GET /stores are both list_shops to clients: give one of the views"
    with pytest.raises(TypeError, match=f"^{said}"):
        openapi.document(app)


def test_every_operation_has_a_name_a_summary_and_a_described_tag(document: Json) -> None:
    described = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert described["wares"].startswith("A second resource, for the tests: it shows")
    for operation in each_operation(document):
        assert re.fullmatch("[a-z][a-z0-9_]*", operation["operationId"])
        assert operation["summary"]
        assert all(described[tag] for tag in operation["tags"])
        assert all(parameter["description"] for parameter in operation.get("parameters", ()))


def test_a_412_shows_the_item_as_it_is(document: Json) -> None:
    for method in ("put", "patch", "delete"):
        (content,) = problem(document, "/wares/{sku}", method, 412)["content"].values()
        narrowed = content["schema"]["allOf"][1]["properties"]
        assert narrowed["current"] == schemas.ref("schemas", "Ware")
        assert content["examples"]["stale"]["value"]["current"]["title"] == "Ada Lovelace"


SAYING = (
    """
@routes.get("/shops/{id}")
def get_shop(id: str, call: Call) -> Shop:
    return kept.found(id)
""",
    """
def found(id: str) -> Shop:
    if id == "closed":
        raise NotFound
    raise Problem("conflict", "It moves.") from None

def other() -> None:
    raise Unavailable("throttled", "Later.")
""",
)


def test_a_view_s_own_problems_are_found_in_its_source() -> None:
    (view,) = written.of(SAYING)
    assert (view.method, view.path, view.name) == ("get", "/shops/{id}", "get_shop")
    assert view.problems == {"not_found", "conflict"}


def test_a_route_says_the_problems_of_its_view() -> None:
    app, routes = Chalice("shops"), Routes(__name__)

    @routes.delete("/shops", problems=("conflict", "too_many_requests"))
    def close_shops() -> None:
        raise NotImplementedError

    app.register_blueprint(routes)
    document = openapi.document(app)
    validate(document)
    assert codes_of(problem(document, "/shops", "delete", 409)["content"]) == ["conflict"]
    with pytest.raises(TypeError, match=r"^close_shops: there is no problem cnflict:"):
        routes.post("/shops", problems=("cnflict",))(close_shops)


def test_a_form_s_problems_are_pages_to_browsers() -> None:
    app, routes = Chalice("shops"), Routes(__name__)

    @routes.post("/shops", form=lambda _call, _problem: Response(""))
    def open_shop(body: Address) -> Address:
        raise NotImplementedError

    app.register_blueprint(routes)
    document = openapi.document(app)
    validate(document)
    responses = document["paths"]["/shops"]["post"]["responses"]
    problems = {
        status: resolved(document, responses[status]) for status in responses if status >= "4"
    }
    assert {"400", "422", "429", "503"} <= {*problems}
    assert {tuple(one["content"]) for one in problems.values()} == {(PROBLEM, "text/html")}


def test_a_response_that_does_not_say_what_it_holds_is_anything() -> None:
    app, routes = Chalice("shops"), Routes(__name__)

    @routes.get("/shops")
    def shops() -> Response:
        raise NotImplementedError

    app.register_blueprint(routes)
    document = openapi.document(app)
    validate(document)
    assert document["paths"]["/shops"]["get"]["responses"]["200"]["content"] == {"*/*": {}}


@pytest.mark.parametrize(
    ("path", "method", "status", "codes"),
    [
        ("/wares", "get", 400, ["invalid_query", "cursor_invalid"]),
        ("/wares", "post", 400, ["invalid_json", "invalid_query", "invalid_header"]),
        ("/wares", "post", 409, ["idempotency_key_spent", "sku_taken"]),
        ("/wares", "post", 422, ["invalid_body", "idempotency_key_reused"]),
        ("/wares/{sku}", "get", 404, ["not_found"]),
        ("/wares/{sku}", "put", 412, ["stale", "exists"]),
        ("/wares/{sku}", "put", 422, ["invalid_body"]),
        ("/health", "get", 400, ["invalid_query"]),
    ],
)
def test_each_operation_names_its_own_problems(
    document: Json, path: str, method: str, status: int, codes: list[str]
) -> None:
    assert codes_of(problem(document, path, method, status)["content"]) == codes


def test_what_cannot_be_answered_is_not_in_it(document: Json) -> None:
    wares = document["paths"]["/wares/{sku}"]
    assert "409" not in wares["put"]["responses"], "nothing of a ware but its key is unique"
    assert "404" not in document["paths"]["/wares"]["get"]["responses"]
    assert "401" not in document["paths"]["/health"]["get"]["responses"]


def test_all_text_that_clients_send_has_an_end(document: Json) -> None:
    """A rule of OWASP's, for what is sent; what is answered is as long as it is."""
    sent = [
        part
        for operation in each_operation(document)
        for part in (*operation.get("parameters", ()), operation.get("requestBody", {}))
    ]
    names = {d["$ref"].split("/")[-1] for _, d in each_dict(sent) if "$ref" in d}
    while further := {*_named_in(document, names)} - names:
        names |= further
    schemas = [document["components"]["schemas"][name] for name in names]
    found = [d for _, d in each_dict([sent, schemas]) if "string" in [*_types(d)]]
    assert len(found) > 20
    endless = [d for d in found if not d.keys() & {"maxLength", "enum", "const"}]
    assert [d for d in endless if d.get("format") != "decimal"] == []


def _named_in(document: Json, names: set[str]) -> Iterator[str]:
    for name in names:
        for _, found in each_dict(document["components"]["schemas"][name]):
            if "$ref" in found:
                yield found["$ref"].split("/")[-1]


def _types(schema: Json) -> list[str]:
    types = schema.get("type", [])
    return types if isinstance(types, list) else [types]


def test_nothing_of_how_it_was_made_is_left_in_it(target: Target) -> None:
    assert LIKE not in target.session.get(f"{target.base_url}/openapi.json").text


def test_it_is_no_part_of_a_cold_start() -> None:
    code = "import sys, app; sys.exit('chalicekit.openapi' in sys.modules)"
    env = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'vendor'}"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True)


def at_collection(response: requests.Response, resource: Resource) -> bool:
    return str(response.request.path_url).partition("?")[0] == resource.path


def body_schema(document: Json, path: str, method: str) -> Json:
    content = document["paths"][path][method]["requestBody"]["content"]
    schema: Json = content["application/json"]["schema"]
    return schema
