"""Whatever is sent as a token or a cursor, the answer is one of a few, and nothing is told."""

import base64
import json
import string
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicekit import cursor, tokens
from tests.contract.client import Api
from tests.issuing import Issuing, private_key

pytestmark = [pytest.mark.configures, pytest.mark.users]

# The fixtures change nothing between examples, so it does no harm that they are shared.
SHARED = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jku", "jwk", "x5u", "x5c", "cty"])
VALUES = JSON | st.sampled_from(["none", "HS256", "RS256", "ES256", "EdDSA", "RS256-0", "JWT"])
CLAIMS = st.sampled_from(["iss", "aud", "sub", "exp", "nbf", "iat", "scope", "scp", "token_use"])
HEADER = string.ascii_letters + string.digits + string.punctuation + " "


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def answered(api: Api, authorization: str) -> int:
    """The status, where the answer is one that there may be."""
    response = api.send("GET", "/users", headers={"Authorization": authorization})
    if response.status_code == 401:
        body = response.json()
        assert body["code"] in ("unauthorized", "token_invalid", "token_expired")
        assert set(body) == {"type", "title", "status", "code", "detail", "instance"}
    return response.status_code


@SHARED
@given(st.text(HEADER, max_size=60))
@example("Bearer " + "." * 2000)
@example("Bearer a.b.c")
def test_any_header(users: Api, asks: Issuing, text: str) -> None:
    assert answered(users, text.strip()) == 401
    assert answered(users, f"Bearer {text}".strip()) == 401


@SHARED
@given(st.binary(max_size=60), st.binary(max_size=40), st.binary(max_size=40))
def test_any_segments(
    users: Api, asks: Issuing, header: bytes, payload: bytes, signature: bytes
) -> None:
    assert (
        answered(users, f"Bearer {segment(header)}.{segment(payload)}.{segment(signature)}") == 401
    )


@SHARED
@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_header_of_a_token(users: Api, asks: Issuing, changed: dict[str, Any]) -> None:
    """Behind a header that was changed, the right signature is of another text."""
    header, payload, signature = asks.token().split(".")
    whole = {"alg": "RS256", "typ": "JWT", "kid": "RS256-0"} | changed
    if segment(whole) != header:
        assert answered(users, f"Bearer {segment(whole)}.{payload}.{signature}") == 401


@SHARED
@given(st.dictionaries(CLAIMS, JSON, max_size=4))
@example({"exp": float("inf")})
@example({"exp": float("nan")})
@example({"exp": 10**400})
@example({"aud": [[[]]]})
@example({"scope": {"users:read": 1}})
def test_any_claims_of_the_issuer_itself(users: Api, asks: Issuing, claims: dict[str, Any]) -> None:
    """Signed as they should be: an issuer gone wrong does not bring the API down."""
    headers = asks.bearer(algorithm="EdDSA", key=private_key("EdDSA"), **claims)
    assert answered(users, headers["Authorization"]) in (200, 401, 403)


@SHARED
@given(st.binary(max_size=200))
def test_what_a_parser_of_tokens_raises(asks: Issuing, raw: bytes) -> None:
    with pytest.raises(tokens.Refused):
        tokens.verified(f"Bearer {raw.decode('latin-1')}")


@SHARED
@given(st.text(max_size=80) | st.binary(max_size=80).map(segment))
def test_any_cursor(ada: Api, owned: None, text: str) -> None:
    for order in ({}, {"sort": "created_at"}, {"sort": "-created_at"}):
        response = ada.query(cursor=text, **order)
        assert response.status_code == 400
        assert response.json()["code"] in ("cursor_invalid", "invalid_query")


@SHARED
@given(st.text(string.ascii_letters, min_size=1, max_size=20), st.data())
def test_a_made_up_cursor_reaches_only_one_s_own(
    ada: Api, bob: Api, owned: None, name: str, data: st.DataObject
) -> None:
    """The digest is no secret: whoever forges one for another's item sees no more by it."""
    hers = ada.made()
    scope = "\0".join(["users-api-local-users", "created_at", "", _fixed("bob"), "bob"])
    kinds = {"id": "S", "created_at": "S"}
    item = {"id": {"S": hers["id"]}, "created_at": {"S": data.draw(st.sampled_from(TIMES))}}
    forged = cursor.write(item, kinds, scope)
    response = bob.query(cursor=forged)
    assert response.status_code in (200, 400)
    assert hers["id"] not in response.text


TIMES = ["0", "2000-01-01T00:00:00.000Z", "~"]


def _fixed(owner: str) -> str:
    return repr({"_table": {"S": f"users#{owner}"}})


def test_the_forgery_above_is_one_that_is_taken(ada: Api, bob: Api, owned: None) -> None:
    """Else it would show nothing: with its digest, a cursor of one's own making is a right one."""
    his = bob.made()
    scope = "\0".join(["users-api-local-users", "created_at", "", _fixed("bob"), "bob"])
    item = {"id": {"S": "0"}, "created_at": {"S": "0"}}
    forged = cursor.write(item, {"id": "S", "created_at": "S"}, scope)
    assert his["id"] in [one["id"] for one in bob.page(cursor=forged, limit=100)["items"]]
