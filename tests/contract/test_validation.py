"""422: every wrong member at once, where it is and why; and what is right all the same."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.client import Api, assert_problem
from tests.resources import Json

CANARY = "canary7f3a"


@pytest.mark.parametrize("value", [5, 1.5, True, False, [], ["x"], {}, {"a": 1}])
def test_a_value_of_another_type(api: Api, value: Any) -> None:
    text = api.resource.text
    errors = {f"/{text}": "invalid"}
    assert_problem(api.post(api.resource.sample() | {text: value}), 422, "invalid_body", errors)
    key = api.made()[api.resource.key]
    assert_problem(api.patch(key, {text: value}), 422, "invalid_body", errors)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "plain",
        "@example.org",
        "ada@",
        "ada@localhost",
        "a da@example.org",
        "ada@exa mple.org",
        "ada@example..org",
        ".ada@example.org",
        "ada@-example.org",
        "ada@example.org, bob@example.org",
        "Ada <ada@example.org>",
        "ada@example.org\x00",
        "ada\r\nBcc: x@example.org",
    ],
)
def test_what_is_no_email(users: Api, email: str) -> None:
    errors = {"/email": "invalid"}
    response = users.post(users.resource.sample() | {"email": email})
    assert_problem(response, 422, "invalid_body", errors)
    item = users.made()
    assert_problem(users.patch(item["id"], {"email": email}), 422, "invalid_body", errors)
    assert users.shown(item["id"]) == item


def test_an_email_has_254_characters_at_most(users: Api) -> None:
    token = uuid4().hex
    domain = ".".join(["d" * 60] * 3) + ".org"
    longest = (
        token + "x" * (64 - len(token)) + "@" + "e" * (254 - 65 - len(domain) - 1) + "." + domain
    )
    if len(longest) != 254:
        raise AssertionError("the sample must be exactly at the limit")
    assert users.made(email=longest)["email"] == longest
    response = users.post(users.resource.sample() | {"email": longest.replace("@", "@e", 1)})
    body = assert_problem(response, 422, "invalid_body", {"/email": "too_long"})
    assert body["errors"][0]["params"] == {"max": 254}


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("0", "0"),
        ("-0.00", "0"),
        ("12.50", "12.5"),
        ('"12.50"', "12.5"),
        ("1e2", "100"),
        ('"1E+6"', "1000000"),
        ("1000000000000", "1000000000000"),
        ("0.01", "0.01"),
        ("1e-2", "0.01"),
        ("123456789012345678901234567890123456.78", "123456789012345678901234567890123456.78"),
    ],
)
def test_a_price_is_a_plain_decimal(wares: Api, sent: str, shown: str) -> None:
    body = json.dumps(wares.resource.sample() | {"price": "@"}).replace('"@"', sent)
    response = wares.post_bytes(body.encode())
    assert (response.status_code, response.json().get("price")) == (201, shown), response.text
    key = response.json()["sku"]
    assert wares.shown(key)["price"] == shown
    assert wares.page(("sku", key))["items"][0]["price"] == shown
    headers = {"Content-Type": "application/json"}
    patch = f'{{"price": {sent}}}'.encode()
    changed = wares.send("PATCH", wares.path(key), data=patch, headers=headers)
    assert changed.json()["price"] == shown


@pytest.mark.parametrize("price", ["-1", "-0.01", "1.005", "x", "", "NaN", "Infinity", [], True])
def test_a_price_that_is_none(wares: Api, price: Any) -> None:
    response = wares.post(wares.resource.sample() | {"price": price})
    assert_problem(response, 422, "invalid_body", {"/price": "invalid"})


def test_every_wrong_member_at_once(api: Api) -> None:
    resource = api.resource
    body: Json = {resource.key: "a b", resource.text: "", "unheard": 1, "_table": "x"}
    errors = {f"/{name}": "required" for name in resource.required} | {
        f"/{resource.key}": "invalid",
        f"/{resource.text}": "too_short",
        "/unheard": "unknown",
        "/_table": "unknown",
    }
    assert_problem(api.post(body), 422, "invalid_body", errors)


def test_an_empty_object_misses_what_is_required(api: Api) -> None:
    errors = {f"/{name}": "required" for name in api.resource.required}
    assert_problem(api.post({}), 422, "invalid_body", errors)
    assert_problem(api.post(dict.fromkeys(api.resource.required)), 422, "invalid_body", errors)


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        ("nickname", "/nickname"),
        ("", "/"),
        ("a/b~c", "/a~1b~0c"),
        ("~1", "/~01"),
        ("Name", "/Name"),
        ("__class__", "/__class__"),
        ("_request", "/_request"),
        ("schlüssel 😀", "/schlüssel 😀"),
        ("0", "/0"),
    ],
)
def test_unknown_members_are_refused(api: Api, name: str, pointer: str) -> None:
    errors = {pointer: "unknown"}
    assert_problem(api.post(api.resource.sample() | {name: 1}), 422, "invalid_body", errors)
    key = api.made()[api.resource.key]
    assert_problem(api.put(key, api.resource.sample() | {name: 1}), 422, "invalid_body", errors)
    assert_problem(api.patch(key, {name: None}), 422, "invalid_body", errors)


def test_at_most_100_errors_are_listed(api: Api) -> None:
    response = api.post(api.resource.sample() | {f"m{n}": n for n in range(300)})
    assert response.status_code == 422
    assert len(response.json()["errors"]) == 100


def test_input_is_not_echoed(api: Api) -> None:
    resource, text = api.resource, api.resource.text
    key = api.made()[resource.key]
    answers = [
        api.post(resource.sample() | {text: CANARY * 20}),
        api.post(resource.sample() | {text: [CANARY]}),
        api.post(resource.sample() | {resource.key: f"{CANARY} "}),
        api.post(resource.sample() | {"unheard": {CANARY: CANARY}}),
        api.post(dict.fromkeys([*resource.required, "unheard"], f"{CANARY}\n")),
        api.post_bytes(f'{{"{CANARY}": {CANARY}'.encode()),
        api.post_bytes(json.dumps(CANARY).encode()),
        api.post_bytes(b"{}", f"text/{CANARY}"),
        api.put(key, resource.sample() | {resource.key: CANARY}),
        api.query(limit=CANARY),
        api.query(cursor=CANARY),
        api.query(sort=CANARY),
        api.query(unheard=CANARY),
        api.post(resource.sample(), {"Idempotency-Key": f"{CANARY} {CANARY}"}),
        api.patch(key, {text: "x"}, {"If-Match": f'"{CANARY}"'}),
        api.get(CANARY),
        api.send("GET", f"/{CANARY}/{CANARY}"),
    ]
    for answer in answers:
        assert answer.status_code in range(400, 500), answer.text
        assert CANARY not in answer.text
        assert CANARY not in str(dict(answer.headers))
