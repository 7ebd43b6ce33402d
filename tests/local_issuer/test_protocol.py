"""OpenID Connect as the local issuer speaks it: what it gives, and what it refuses."""

import time
from typing import Any

import jwt
import pytest
import requests

from tests.local_issuer.client import BACK, VERIFIER, Client, sent_back
from tests.local_issuer.conftest import Clock
from tools.issuer.issuer import Issuer


def refused(answer: requests.Response) -> tuple[int, str, str]:
    told = answer.json()
    return answer.status_code, told["error"], told["error_description"]


def claims(client: Client, token: str) -> dict[str, Any]:
    """What a token says, once its signature is checked with the key that is published."""
    (key,) = client.session.get(f"{client.url}/keys").json()["keys"]
    options: Any = {"verify_aud": False}
    found: dict[str, Any] = jwt.decode(token, jwt.PyJWK(key), ["ES256"], options=options)
    return found


def test_it_says_where_everything_is(client: Client) -> None:
    told = client.session.get(f"{client.url}/.well-known/openid-configuration").json()
    assert told["issuer"] == client.url
    assert told["authorization_endpoint"] == f"{client.url}/authorize"
    assert told["token_endpoint"] == f"{client.url}/token"
    assert told["jwks_uri"] == f"{client.url}/keys"
    assert told["code_challenge_methods_supported"] == ["S256"]


def test_who_logs_in_gets_a_token_for_what_they_gave(client: Client) -> None:
    back = sent_back(client.log_in(granted=("openid", "users:read"), nonce="once"))
    assert back.keys() == {"code", "state", "iss"}
    assert (back["state"], back["iss"]) == ("its state", client.url)
    answer = client.exchange(back["code"])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)
    assert told["scope"] == "openid users:read"

    header = jwt.get_unverified_header(told["access_token"])
    (key,) = client.session.get(f"{client.url}/keys").json()["keys"]
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": key["kid"]}
    assert "d" not in key, "it is the public one"
    access = claims(client, told["access_token"])
    assert access.pop("jti")
    assert access.pop("exp") - access["iat"] == 3600
    assert abs(access.pop("iat") - time.time()) < 5
    assert access == {
        "iss": client.url,
        "sub": "ada",
        "aud": "https://api.example.org",
        "client_id": "pages",
        "scope": "openid users:read",
    }
    identity = claims(client, told["id_token"])
    assert (identity["aud"], identity["sub"], identity["nonce"]) == ("pages", "ada", "once")


def test_only_scopes_that_were_asked_for_are_given(client: Client) -> None:
    code = client.code(scope="users:read", granted=("users:read", "users:write"))
    told = client.exchange(code).json()
    assert told["scope"] == "users:read"
    assert "id_token" not in told


@pytest.mark.parametrize("name", ["audience", "resource"])
def test_a_client_may_name_the_audience(client: Client, name: str) -> None:
    told = client.exchange(client.code(**{name: "https://other.example.org"})).json()
    assert claims(client, told["access_token"])["aud"] == "https://other.example.org"


def test_the_form_shows_text_as_text(client: Client) -> None:
    page = client.form(scope="users:read <b>&amp;", state='"><script>')
    assert page.status_code == 200
    assert "<code>users:read</code>" in page.text
    assert "<code>&lt;b&gt;&amp;amp;</code>" in page.text
    assert "<script" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://localhost:5173;" in policy
    assert "frame-ancestors 'none'" in policy


def test_whoever_cancels_is_sent_back(client: Client) -> None:
    back = sent_back(client.log_in(answer="no"))
    assert back == {
        "error": "access_denied",
        "error_description": "You did not log in.",
        "state": "its state",
        "iss": client.url,
    }


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"scope": 'users:read "'}, "invalid_scope"),
    ],
    ids=str,
)
def test_what_it_does_not_do_is_told_to_the_client(
    client: Client, given: dict[str, str], error: str
) -> None:
    assert sent_back(client.form(**given))["error"] == error


@pytest.mark.parametrize(
    "given",
    [
        {"client_id": "another"},
        {"client_id": ""},
        {"redirect_uri": ""},
        {"redirect_uri": "https://example.org/"},
        {"redirect_uri": "http://127.0.0.1.example.org/"},
        {"redirect_uri": "http://127.0.0.1@example.org/"},
        {"redirect_uri": "http://[::1/"},
        {"redirect_uri": "http://localhost:5173/#fragment"},
        {"redirect_uri": "javascript://localhost/%0aalert(1)"},
    ],
    ids=str,
)
def test_nobody_is_sent_to_another_client(client: Client, given: dict[str, str]) -> None:
    page = client.form(**given)
    assert page.status_code == 400
    assert "Location" not in page.headers
    name = next(iter(given))
    assert f"<p>{name} must be " in page.text


@pytest.mark.parametrize("subject", ["", " ", "x" * 256, "a\nb"], ids=repr)
def test_a_subject_is_printable(client: Client, subject: str) -> None:
    assert sent_back(client.log_in(subject=subject))["error"] == "invalid_request"


def test_only_its_own_form_logs_in(client: Client) -> None:
    for origin in ("https://example.org", "null", "http://127.0.0.1:1"):
        answer = client.log_in(origin=origin)
        assert answer.status_code == 403
        assert "Location" not in answer.headers


def test_a_code_is_good_once(client: Client) -> None:
    code = client.code()
    assert client.exchange(code).status_code == 200
    used = (400, "invalid_grant", "The code was used, has expired, or never was.")
    assert refused(client.exchange(code)) == used
    assert refused(client.exchange("made-up")) == used


def test_a_code_is_good_for_a_minute(client: Client, clock: Clock) -> None:
    young, old = client.code(), client.code()
    clock.now += 59
    assert client.exchange(young).status_code == 200
    clock.now += 1
    assert refused(client.exchange(old))[1] == "invalid_grant"


@pytest.mark.parametrize(
    ("given", "error", "description"),
    [
        ({"code_verifier": VERIFIER + "x"}, "invalid_grant", "code_verifier does not fit"),
        ({"code_verifier": ""}, "invalid_grant", "code_verifier does not fit"),
        ({"redirect_uri": BACK + "/"}, "invalid_grant", "redirect_uri is not that of /authorize."),
        ({"redirect_uri": ""}, "invalid_grant", "redirect_uri is not that of /authorize."),
        ({"client_id": "another"}, "invalid_client", "client_id must be pages."),
        ({"grant_type": "password"}, "unsupported_grant_type", "grant_type must be"),
    ],
    ids=str,
)
def test_a_code_is_good_for_who_asked_for_it(
    client: Client, given: dict[str, str], error: str, description: str
) -> None:
    status, told, why = refused(client.exchange(client.code(), **given))
    assert (status, told) == (400, error)
    assert why.startswith(description)


def test_a_code_that_was_tried_with_a_wrong_verifier_is_used_up(client: Client) -> None:
    code = client.code()
    assert client.exchange(code, code_verifier="wrong").status_code == 400
    assert refused(client.exchange(code))[1] == "invalid_grant"


def test_pages_on_loopback_alone_may_call_it(client: Client) -> None:
    code = client.code()
    foreign = client.exchange(code, {"Origin": "https://example.org"})
    assert refused(foreign) == (403, "invalid_request", "This origin is not on loopback.")
    assert "Access-Control-Allow-Origin" not in foreign.headers
    ours = client.exchange(code, {"Origin": "http://localhost:5173"})
    assert ours.status_code == 200, "the foreign page did not use it up"
    assert ours.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    preflight = client.session.options(
        f"{client.url}/token", headers={"Origin": "http://127.0.0.1:8000"}
    )
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:8000"


def test_another_name_for_loopback_is_not_its_own(client: Client) -> None:
    """As a page has it that makes its own name mean 127.0.0.1."""
    host = {"Host": "rebound.example.org"}
    assert client.session.get(f"{client.url}/keys", headers=host).status_code == 403
    assert client.exchange(client.code(), host).status_code == 400


def test_what_is_no_form_is_refused(client: Client) -> None:
    for data, kind in (
        (b"{}", "application/json"),
        (b"a=%ff", "text/plain"),
        (b"x" * 65537, "application/x-www-form-urlencoded"),
        (b"\xff", "application/x-www-form-urlencoded"),
    ):
        answer = client.session.post(
            f"{client.url}/token", data=data, headers={"Content-Type": kind}
        )
        assert refused(answer)[:2] == (400, "invalid_request")


def test_other_paths(client: Client) -> None:
    assert client.session.get(f"{client.url}/").status_code == 404
    assert client.session.post(f"{client.url}/keys", data={"a": "b"}).status_code == 404


def test_a_damaged_key_is_one_line(client: Client, issuer: Issuer) -> None:
    from tools.issuer import store

    client.session.get(f"{client.url}/keys")
    (store.FOLDER / store.KEY).write_text("no key")
    answer = client.session.get(f"{client.url}/keys")
    status, error, description = refused(answer)
    assert (status, error) == (500, "server_error")
    assert description.endswith("key.pem cannot be read (ValueError): delete it.")
