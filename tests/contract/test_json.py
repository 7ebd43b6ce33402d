"""Bodies that are no strict JSON, too large, or of another type, and which refusal comes first."""

import json

import pytest

from tests.contract.client import Api, assert_problem

LIMIT = 64 * 1024
DEEPEST = 32

NOT_JSON = {
    "nothing": b"",
    "white space": b" \n",
    "a word": b"hello",
    "no end": b'{"a": 1',
    "two values": b"{} {}",
    "rubbish behind": b"{}x",
    "comma at the end": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "comment": b'{"a": 1 /* one */}',
    "bare key": b"{a: 1}",
    "leading zero": b'{"a": 01}',
    "leading plus": b'{"a": +1}',
    "leading point": b'{"a": .5}',
    "trailing point": b'{"a": 1.}',
    "hexadecimal": b'{"a": 0x10}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": Infinity}',
    "-Infinity": b'{"a": -Infinity}',
    "True": b'{"a": True}',
    "key twice": b'{"a": 1, "a": 2}',
    "key twice inside": b'{"x": [{"a": 1, "b": 2, "a": 1}]}',
    "key twice, one escaped": b'{"a": 1, "\\u0061": 2}',
    "not UTF-8": b'{"a": "\xff"}',
    "overlong UTF-8": b'{"a": "\xc0\xaf"}',
    "surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "what a gateway makes of such": '{"a": "\N{REPLACEMENT CHARACTER}"}'.encode(),
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-16 without mark": '{"a": 1}'.encode("utf-16-le"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "raw control character": b'{"a": "\x01"}',
    "raw line break": b'{"a": "x\ny"}',
    "bad escape": b'{"a": "\\x41"}',
    "first half of a pair": b'{"a": "\\ud800"}',
    "second half of a pair": b'{"a": "\\udc00"}',
    "halves in the wrong order": b'{"a": "\\udc00\\ud800"}',
    "half in a key": b'{"\\ud800": 1}',
    "39 digits": b'{"a": ' + b"1" * 39 + b"}",
    "39 digits, signed": b'{"a": -' + b"1" * 39 + b"}",
    "39 digits with a point": b'{"a": 1.' + b"1" * 38 + b"}",
    "60,000 digits": b'{"a": ' + b"1" * 60_000 + b"}",
    "too great": b'{"a": 1e126}',
    "far too great": b'{"a": 1e999999999999999999999}',
    "too small": b'{"a": 1e-131}',
    "nested too deep": b'{"a": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}",
    "nested too deep in objects": b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1),
    "nested 30,000 deep": b"[" * 30_000 + b"]" * 30_000,
    "opened 60,000 times": b"[" * 60_000,
    "opened 10,000 objects": b'{"a":' * 10_000,
}
JSON = {
    "38 digits": b"1" * 38,
    "38 digits with a point": b"-1." + b"1" * 37,
    "greatest": b"9.9e125",
    "smallest": b"1e-130",
    "as deep as may be": b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1),
    "pair": b'"\\ud83d\\ude00"',
    "escaped half, itself escaped": b'"\\\\ud800"',
    "zero": b"-0",
    "literals": b"[true, false, null]",
    "escaped U+FFFD": b'"\\ufffd"',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_no_strict_json_in_post(api: Api, body: bytes) -> None:
    assert_problem(api.post_bytes(body), 400, "invalid_json")


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_no_strict_json_in_put_and_patch(users: Api, body: bytes) -> None:
    item = users.made()
    headers = {"Content-Type": "application/json"}
    for method in ("PUT", "PATCH"):
        response = users.send(method, users.path(item["id"]), data=body, headers=headers)
        assert_problem(response, 400, "invalid_json")
    assert users.shown(item["id"]) == item


@pytest.mark.parametrize("value", JSON.values(), ids=JSON)
def test_the_last_that_is_still_json(api: Api, value: bytes) -> None:
    sample = json.dumps(api.resource.sample()).encode()
    response = api.post_bytes(sample[:-1] + b', "unheard": ' + value + b"}")
    assert_problem(response, 422, "invalid_body", {"/unheard": "unknown"})


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"1.5", b"null", b"true", b"[{}]"])
def test_json_but_no_object(api: Api, body: bytes) -> None:
    assert_problem(api.post_bytes(body), 422, "invalid_body", {"": "invalid"})
    key = api.made()[api.resource.key]
    headers = {"Content-Type": "application/json"}
    for method in ("PUT", "PATCH"):
        response = api.send(method, api.path(key), data=body, headers=headers)
        assert_problem(response, 422, "invalid_body", {"": "invalid"})


@pytest.mark.parametrize(
    "type",
    [
        None,
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        'application/json ; charset="UTF-8"',
    ],
)
def test_types_that_post_takes(api: Api, type: str | None) -> None:
    body = json.dumps(api.resource.sample(), ensure_ascii=False).encode()
    response = api.post_bytes(body, type)
    assert response.status_code == 201, response.text


@pytest.mark.parametrize(
    "type",
    [
        "text/plain",
        "text/json",
        "application/xml",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/merge-patch+json",
        "application/octet-stream",
        "nonsense",
    ],
)
def test_types_that_post_refuses(api: Api, type: str) -> None:
    response = api.post_bytes(json.dumps(api.resource.sample()).encode(), type)
    assert_problem(response, 415, "media_type_unsupported")
    assert response.headers["Accept"] == "application/json"


def test_64_kib_is_the_most(api: Api) -> None:
    body = json.dumps(api.resource.sample()).encode()
    response = api.post_bytes(body.ljust(LIMIT))
    assert response.status_code == 201, response.text
    assert_problem(api.post_bytes(body.ljust(LIMIT + 1)), 413, "body_too_large")
    key = response.json()[api.resource.key]
    for method in ("PUT", "PATCH"):
        headers = {"Content-Type": "application/json"}
        large = api.send(method, api.path(key), data=body.ljust(LIMIT + 1), headers=headers)
        assert_problem(large, 413, "body_too_large")


def test_the_size_is_counted_in_bytes(users: Api) -> None:
    text = json.dumps({"name": "é" * (LIMIT // 2)}, ensure_ascii=False)
    assert len(text) < LIMIT
    assert_problem(users.post_bytes(text.encode()), 413, "body_too_large")


def test_the_order_of_refusals(api: Api) -> None:
    assert_problem(api.post_bytes(b"\xff" * (LIMIT + 1), "text/plain"), 413, "body_too_large")
    assert_problem(api.post_bytes(b"\xff", "text/plain"), 415, "media_type_unsupported")
    assert_problem(api.post_bytes(b'{"unheard": NaN}'), 400, "invalid_json")
    errors = {f"/{name}": "required" for name in api.resource.required} | {"/unheard": "unknown"}
    assert_problem(api.post_bytes(b'{"unheard": 1}'), 422, "invalid_body", errors)
