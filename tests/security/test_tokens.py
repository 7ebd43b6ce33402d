"""Broken authentication (OWASP API2:2023): which tokens are taken, and which never."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests import events
from tests.contract.client import Api, assert_problem
from tests.issuing import AUDIENCE, KEYS, MAKERS, Issuing, private_key
from tests.targets import Configure, loaded

pytestmark = [pytest.mark.configures, pytest.mark.users]

Lines = Callable[[], list[dict[str, Any]]]
INVALID = 'Bearer realm="users-api", error="invalid_token"'


def encoded(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def refused(api: Api, token: str, code: str = "token_invalid") -> None:
    """A list and a write are both refused; nothing is told that helps a guess."""
    headers = {"Authorization": f"Bearer {token}"}
    for response in (
        api.send("GET", "/users", headers=headers),
        api.post(api.resource.sample(), headers),
    ):
        body = assert_problem(response, 401, code)
        assert response.headers["WWW-Authenticate"] == INVALID
        assert "errors" not in body
        assert len(body["detail"]) < 60


@pytest.mark.parametrize("algorithm", MAKERS)
def test_a_token_of_each_algorithm(users: Api, asks: Issuing, algorithm: str) -> None:
    headers = asks.bearer(algorithm=algorithm)
    assert users.send("GET", "/users", headers=headers).status_code == 200
    assert users.post(users.resource.sample(), headers).status_code == 201


def test_without_a_token(users: Api, asks: Issuing) -> None:
    for headers in ({}, {"Authorization": ""}, {"Authorization": "Basic YTpi"}):
        for response in (
            users.send("GET", "/users", headers=headers),
            users.post(users.resource.sample(), headers),
            users.get("x", headers),
            users.send("HEAD", "/users/x", headers=headers),
            users.delete("x", headers),
        ):
            if response.request.method == "HEAD":
                assert (response.status_code, response.content) == (401, b"")
            else:
                assert_problem(response, 401, "unauthorized")
            assert response.headers["WWW-Authenticate"] == 'Bearer realm="users-api"'


def test_a_preflight_needs_no_token(users: Api, asks: Issuing) -> None:
    asked = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "GET"}
    response = users.send("OPTIONS", "/users", headers=asked)
    assert response.status_code == 204
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    "spelt", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer   {}", "  Bearer {}  "]
)
def test_the_scheme_is_read_as_http_does(users: Api, asks: Issuing, spelt: str) -> None:
    headers = {"Authorization": spelt.format(asks.token()).strip()}
    assert users.send("GET", "/users", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://127.0.0.1:1"},
        {"iss": ""},
        {"iss": None},
        {"iss": ["a"]},
        {"aud": "another"},
        {"aud": ["another", 7]},
        {"aud": None},
        {"aud": {"a": 1}},
        {"exp": "soon"},
        {"exp": None},
        {"exp": 1e400},
        {"exp": {}},
        {"nbf": 4102444800},
        {"nbf": "x"},
        {"iat": 4102444800},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "anonymous"},
        {"sub": ["ada"]},
        {"token_use": "id"},
        {"typ": "ID"},
        {"typ": "Refresh"},
        {"typ": 7},
        {"nonce": "n"},
        {"at_hash": "h"},
        {"c_hash": "h"},
        {"events": {}},
        {"sub": "\ud800"},
        {"sub": "a\nb"},
    ],
    ids=str,
)
def test_claims_that_do_not_fit(users: Api, asks: Issuing, claims: dict[str, Any]) -> None:
    refused(users, asks.token(**claims))


def test_an_access_token_of_keycloak_may_have_a_nonce(users: Api, asks: Issuing) -> None:
    headers = asks.bearer(typ="Bearer", nonce="n")
    assert users.send("GET", "/users", headers=headers).status_code == 200


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "sub"])
def test_a_claim_that_is_missing(users: Api, asks: Issuing, name: str) -> None:
    refused(users, asks.token(without=(name,)))


def test_expiry_and_leeway(users: Api, asks: Issuing, configure: Configure) -> None:
    now = int(time.time())
    assert users.send("GET", "/users", headers=asks.bearer(exp=now - 20)).status_code == 200
    assert users.send("GET", "/users", headers=asks.bearer(nbf=now + 20)).status_code == 200
    refused(users, asks.token(exp=now - 40), "token_expired")
    refused(users, asks.token(nbf=now + 45))
    configure(AUTH_LEEWAY="0")
    refused(users, asks.token(exp=now - 2), "token_expired")
    refused(users, asks.token(nbf=now + 20))


def test_an_expired_token_that_is_not_ours_is_no_expired_one(users: Api, asks: Issuing) -> None:
    stranger = rsa.generate_private_key(65537, 2048)
    refused(users, asks.token(exp=5, key=stranger))


@pytest.mark.parametrize("algorithm", MAKERS)
def test_a_key_of_somebody_else(users: Api, asks: Issuing, algorithm: str) -> None:
    refused(users, asks.token(algorithm=algorithm, key=MAKERS[algorithm]()))


def test_no_algorithm_is_none(users: Api, asks: Issuing) -> None:
    claims = asks.token().split(".")[1]
    for name in ("none", "None", "NONE", "nOnE", ""):
        for signature in ("", "x", encoded(b"")):
            header = encoded({"alg": name, "typ": "JWT", "kid": asks.key_id("RS256")})
            refused(users, f"{header}.{claims}.{signature}")


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_public_key_is_no_shared_secret(users: Api, asks: Issuing, encoding: Encoding) -> None:
    """HS256 with the public key as its secret: everybody could make such a token."""
    public = private_key("RS256").public_key()
    secret = public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    for key_id in (asks.key_id("RS256"), "none"):
        header = encoded({"alg": "HS256", "typ": "JWT", "kid": key_id})
        signed = f"{header}.{asks.token().split('.')[1]}"
        signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        refused(users, f"{signed}.{encoded(signature)}")


def test_an_algorithm_that_the_stage_leaves_out(
    users: Api, asks: Issuing, configure: Configure
) -> None:
    configure(AUTH_ALGORITHMS="ES256")
    assert users.send("GET", "/users", headers=asks.bearer(algorithm="ES256")).status_code == 200
    refused(users, asks.token(algorithm="RS256"))
    refused(users, asks.token(algorithm="EdDSA"))


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_an_algorithm_of_the_same_key_that_is_not_ours(
    users: Api, asks: Issuing, algorithm: str
) -> None:
    payload = base64.urlsafe_b64decode(asks.token().split(".")[1] + "==")
    key = private_key("RS256")
    headers = {"kid": asks.key_id("RS256")}
    refused(users, jwt.api_jws.encode(payload, key, algorithm, headers=headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"kid": None},
        {"kid": ""},
        {"kid": 7},
        {"kid": ["RS256-0"]},
        {"kid": "../../etc/passwd"},
        {"kid": "' OR 1=1 --"},
        {"kid": "x" * 4000},
        {"kid": "ES256-0"},
        {"typ": "dpop+jwt"},
        {"typ": "logout+jwt"},
        {"typ": 7},
        {"typ": None},
        {"crit": ["exp"]},
        {"crit": [], "b64": False},
    ],
    ids=str,
)
def test_headers_that_do_not_fit(users: Api, asks: Issuing, headers: dict[str, Any]) -> None:
    good = signed(asks, {})
    assert users.send("GET", "/users", headers={"Authorization": f"Bearer {good}"}).ok
    refused(users, signed(asks, headers))


def signed(issuer: Issuing, headers: dict[str, Any]) -> str:
    """A token with any header at all, rightly signed."""
    whole = {"typ": "JWT", "alg": "RS256", "kid": "RS256-0"} | headers
    text = f"{encoded(whole)}.{issuer.token().split('.')[1]}"
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    return f"{text}.{encoded(algorithm.sign(text.encode(), private_key('RS256')))}"


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt", "AT+JWT"])
def test_types_of_access_tokens(users: Api, asks: Issuing, kind: str) -> None:
    assert users.send("GET", "/users", headers=asks.bearer(headers={"typ": kind})).ok


def test_keys_that_a_token_brings_are_never_looked_at(users: Api, asks: Issuing) -> None:
    """Server-side request forgery (API7:2023): nothing is fetched that a client names."""
    mine = ec.generate_private_key(ec.SECP256R1())
    own = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(mine.public_key()))
    with Issuing() as foreign:
        there = foreign.url + KEYS
        for headers in (
            {"jku": there},
            {"x5u": there},
            {"jwk": own},
            {"kid": there},
            {"x5c": [encoded(b"certificate")]},
        ):
            refused(users, asks.token(algorithm="ES256", key=mine, headers=headers))
        assert foreign.asked == []
    assert set(asks.asked) <= {"/.well-known/openid-configuration", KEYS}


def test_several_authorization_headers(users: Api, asks: Issuing) -> None:
    token = asks.token()
    for value in (
        f"Bearer {token},Bearer {token}",
        f"Bearer {token}, Basic YTpi",
        f"Basic YTpi,Bearer {token}",
        f"Bearer {token} {token}",
        f"Bearer{token}",
        f"Bearer {token}=",
        "Bearer",
        "Bearer ,",
    ):
        response = users.send("GET", "/users", headers={"Authorization": value})
        assert response.status_code == 401, value


@pytest.mark.parametrize("second", ["Authorization", "authorization", "AUTHORIZATION"])
def test_two_headers_in_an_event(asks: Issuing, second: str) -> None:
    """As API Gateway hands them on: two values of a name, or two spellings of it."""
    good = f"Bearer {asks.token()}"
    sent = [("Authorization", good), (second, good)]
    for headers, status in (([("Authorization", good)], 200), (sent, 401)):
        event = events.rest(events.Request("GET", "/users", "", headers, b""))
        if second != "Authorization" and status == 401:
            event["multiValueHeaders"] = {"Authorization": [good], second: [good]}
        assert loaded()(event, None)["statusCode"] == status


def test_a_token_elsewhere_than_in_the_header_opens_nothing(users: Api, asks: Issuing) -> None:
    token = asks.token()
    assert_problem(users.query(access_token=token), 401, "unauthorized")
    assert_problem(
        users.send("GET", "/users", headers={"Cookie": f"Authorization={token}"}),
        401,
        "unauthorized",
    )


def test_an_oversized_token(users: Api, asks: Issuing) -> None:
    assert users.send("GET", "/users", headers=asks.bearer(more="x" * 3000)).status_code == 200
    refused(users, asks.token(more="x" * 9000))
    refused(users, "A" * 9000 + ".b.c")


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b",
        "a.b.c.d",
        "..",
        "....",
        "eyJhbGciOiJSUzI1NiJ9..",
        encoded([1]) + ".e30.e30",
        encoded(b"[" * 3000) + ".e30.e30",
        encoded(b'{"alg":"RS256","alg":"none","kid":"RS256-0"}') + ".e30.e30",
        encoded(b'{"alg":NaN}') + ".e30.e30",
        encoded(b"\xff\xfe") + ".e30.e30",
    ],
)
def test_what_is_no_token(users: Api, asks: Issuing, token: str) -> None:
    refused(users, token)


@pytest.mark.parametrize("place", range(3))
def test_every_changed_character_is_noticed(users: Api, asks: Issuing, place: int) -> None:
    parts = asks.token(algorithm="ES256").split(".")
    text = parts[place]
    for index in range(0, len(text) - 1, max(1, len(text) // 12)):
        changed = text[:index] + ("A" if text[index] != "A" else "B") + text[index + 1 :]
        refused(users, ".".join([*parts[:place], changed, *parts[place + 1 :]]))


def test_audiences(users: Api, asks: Issuing, configure: Configure) -> None:
    configure(AUTH_AUDIENCE="one, two")
    for audience in ("one", "two", ["x", "two"]):
        assert users.send("GET", "/users", headers=asks.bearer(aud=audience)).status_code == 200
    refused(users, asks.token(aud=AUDIENCE))
    refused(users, asks.token(aud="one, two"))


def test_cognito_s_access_tokens(users: Api, asks: Issuing, configure: Configure) -> None:
    """They have no audience, name the client, and put a resource server before each scope."""
    configure(AUTH_AUDIENCE="client7", AUTH_SCOPE_PREFIX="https://api.example.com/")
    scope = "openid https://api.example.com/users:read users:write"
    made: dict[str, Any] = {"token_use": "access", "client_id": "client7", "scope": scope}
    headers = asks.bearer(without=("aud",), **made)
    assert users.send("GET", "/users", headers=headers).status_code == 200
    response = users.post(users.resource.sample(), headers)
    assert_problem(response, 403, "forbidden")
    wanted = 'scope="https://api.example.com/users:write"'  # as the issuer must be asked for it
    assert response.headers["WWW-Authenticate"].endswith(wanted)
    document = users.send("GET", "/openapi.json").json()
    (security,) = document["paths"]["/users"]["post"]["security"]
    assert security == {"bearer": ["https://api.example.com/users:write"]}
    refused(users, asks.token(without=("aud",), **made | {"client_id": "another"}))
    refused(users, asks.token(without=("aud",), **made | {"token_use": "id"}))
    refused(users, asks.token(**made | {"token_use": "id", "aud": "client7"}))
    # Of others, a client_id is no audience.
    refused(users, asks.token(without=("aud",), client_id="client7"))


def test_the_reason_is_in_the_log_and_the_token_is_not(
    users: Api, asks: Issuing, lines: Lines
) -> None:
    tokens = {
        "signature": asks.token(key=rsa.generate_private_key(65537, 2048)),
        "audience": asks.token(aud="x"),
        "claims": asks.token(iss="x"),
        "expired": asks.token(exp=5),
        "key": asks.token(headers={"kid": "unknown"}),
        "type": asks.token(headers={"typ": "x"}),
        "form": "SECRET",
    }
    lines()
    for reason, token in tokens.items():
        users.send("GET", "/users", headers={"Authorization": f"Bearer {token}"})
        logged = lines()
        assert [line["event"] for line in logged] == ["token_refused", "request"]
        assert logged[0]["reason"] == reason
        assert logged[0]["request_id"] == logged[1]["request_id"]
        assert token not in json.dumps(logged)
