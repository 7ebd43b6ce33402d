"""Unsafe consumption of APIs (OWASP API10:2023): the issuer's keys, and an issuer that fails."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from chalicekit import issuer as module
from chalicekit import tokens, warm
from tests.contract.client import Api, assert_problem
from tests.issuing import CONFIGURATION, KEYS, Issuing
from tests.targets import Configure

pytestmark = [pytest.mark.configures, pytest.mark.users]

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time go by for the keys: `clock(30)`."""
    passed = [0.0]

    class Clock:
        @staticmethod
        def time() -> float:
            return time.time() + passed[0]

    monkeypatch.setattr(module, "time", Clock)

    def forward(seconds: float) -> None:
        passed[0] += seconds

    return forward


def status(api: Api, headers: dict[str, str]) -> int:
    return api.send("GET", "/users", headers=headers).status_code


def away(api: Api, headers: dict[str, str]) -> None:
    response = api.send("GET", "/users", headers=headers)
    assert_problem(response, 503, "issuer_unavailable")
    assert 1 <= int(response.headers["Retry-After"]) <= module.PAUSE


def test_keys_are_fetched_once(users: Api, asks: Issuing) -> None:
    for _ in range(5):
        assert status(users, asks.bearer()) == 200
    assert asks.asked == [CONFIGURATION, KEYS]


def test_keys_are_fetched_once_for_callers_at_once(users: Api, asks: Issuing) -> None:
    asks.delay = 0.2
    headers = asks.bearer()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: tokens.verified(headers["Authorization"]), range(8)))
    assert {subject for subject, _ in found} == {"ada"}
    assert asks.asked == [CONFIGURATION, KEYS]


def test_an_address_of_the_keys_saves_a_request(
    users: Api, asks: Issuing, configure: Configure
) -> None:
    configure(AUTH_KEYS_URL=asks.url + KEYS)
    assert status(users, asks.bearer()) == 200
    assert asks.asked == [KEYS]


def test_a_warm_up_fetches_them_ahead(users: Api, asks: Issuing) -> None:
    warm.up()
    assert asks.asked == [CONFIGURATION, KEYS]
    assert status(users, asks.bearer()) == 200
    assert len(asks.asked) == 2


def test_a_warm_up_without_the_issuer_is_no_error(users: Api, asks: Issuing) -> None:
    asks.end()
    warm.up()
    away(users, asks.bearer())


def test_a_rotation(users: Api, asks: Issuing, clock: Callable[[float], None]) -> None:
    before = asks.bearer()
    assert status(users, before) == 200
    asks.rotate()
    clock(module.PAUSE)
    assert status(users, asks.bearer()) == 200, "an unknown key is asked for"
    assert status(users, before) == 401, "a key that is withdrawn is gone with the same answer"


def test_a_withdrawn_key_is_noticed_without_a_new_one(
    users: Api, asks: Issuing, clock: Callable[[float], None]
) -> None:
    before = asks.bearer()
    assert status(users, before) == 200
    asks.rotate()
    clock(module.FRESH - 5)
    assert status(users, before) == 200
    clock(10)
    assert status(users, before) == 401


def test_made_up_keys_do_not_make_requests(
    users: Api, asks: Issuing, clock: Callable[[float], None]
) -> None:
    assert status(users, asks.bearer()) == 200
    for number in range(20):
        assert status(users, asks.bearer(headers={"kid": f"made-up-{number}"})) == 401
    assert len(asks.asked) == 2
    clock(module.PAUSE + 1)
    for number in range(20):
        assert status(users, asks.bearer(headers={"kid": f"made-up-{number}"})) == 401
    assert len(asks.asked) == 4
    assert status(users, asks.bearer()) == 200


def test_an_issuer_that_is_away_is_survived(
    users: Api, asks: Issuing, clock: Callable[[float], None], lines: Lines
) -> None:
    headers = asks.bearer(exp=4102444800)
    assert status(users, headers) == 200
    asks.end()
    for _ in range(4):
        clock(module.FRESH)
        lines()
        assert status(users, headers) == 200
        assert [line["event"] for line in lines()] == ["issuer_away", "request"]
    clock(module.KEPT)
    away(users, headers)
    asks.begin()
    clock(module.PAUSE_EMPTY)
    assert status(users, headers) == 200


def test_an_unknown_key_while_the_issuer_is_away_is_no_wrong_token(
    users: Api, asks: Issuing, clock: Callable[[float], None]
) -> None:
    assert status(users, asks.bearer()) == 200
    asks.end()
    clock(module.PAUSE + 1)
    asks.rotate()
    away(users, asks.bearer())


def test_an_issuer_that_was_never_there(
    users: Api, asks: Issuing, clock: Callable[[float], None]
) -> None:
    asks.end()
    headers = asks.bearer()
    away(users, headers)
    asks.begin()
    away(users, headers)  # not asked again at once
    assert asks.asked == []
    clock(module.PAUSE_EMPTY + 0.1)
    assert status(users, headers) == 200


def test_an_issuer_that_is_slow_is_away(
    users: Api, asks: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    asks.delay = 1.8
    begun = time.monotonic()
    away(users, asks.bearer())
    assert 0.3 < time.monotonic() - begun < 1.6
    until(lambda: asks.asked == [CONFIGURATION, KEYS])
    until(lambda: status(users, asks.bearer()) == 200)  # it came in the end


BROKEN = ["cut", "reset", "drip"]


@pytest.mark.parametrize("fault", BROKEN)
def test_an_answer_that_breaks_is_none(
    users: Api, asks: Issuing, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    asks.fault = fault
    warm.up()
    begun = time.monotonic()
    away(users, asks.bearer())
    assert time.monotonic() - begun < 2.5
    assert users.send("GET", "/health").status_code == 200
    asks.fault = ""


@pytest.mark.parametrize("fault", BROKEN)
def test_an_answer_that_breaks_is_survived(
    users: Api,
    asks: Issuing,
    clock: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    """The keys that are known go on; one call in half a minute waits for more, and not long."""
    monkeypatch.setattr(module, "PATIENCE_USABLE", 0.3)
    headers = asks.bearer(exp=4102444800)
    assert status(users, headers) == 200
    asks.fault = fault
    clock(module.FRESH + 1)
    begun = time.monotonic()
    for _ in range(6):
        assert status(users, headers) == 200
    assert time.monotonic() - begun < 1.7  # six times 0.3 s are more
    assert len(asks.asked) == 3
    asks.fault = ""


def test_who_has_a_key_waits_for_no_other_s_fetch(
    users: Api, asks: Issuing, clock: Callable[[float], None]
) -> None:
    headers = asks.bearer(exp=4102444800)
    assert status(users, headers) == 200
    asks.delay = 1.8
    clock(module.FRESH + 1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(tokens.verified, headers["Authorization"])
        until(lambda: len(asks.asked) == 3)
        begun = time.monotonic()
        assert status(users, headers) == 200
        assert time.monotonic() - begun < 1.6
        assert first.result()[0] == "ada"


@pytest.mark.parametrize("idle", [module.PAUSE + 1, module.KEPT + 1])
def test_nobody_is_refused_while_another_fetches_the_key(
    users: Api, asks: Issuing, clock: Callable[[float], None], idle: float
) -> None:
    assert status(users, asks.bearer()) == 200
    asks.rotate()
    clock(idle)
    asks.delay = 0.3
    sent = asks.bearer()["Authorization"]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: tokens.verified(sent)[0], range(6)))
    assert found == ["ada"] * 6
    assert len(asks.asked) == 4


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("code", [204, 301, 302, 307, 404, 429, 500, 503])
def test_no_answer_but_a_200_is_taken(users: Api, asks: Issuing, code: int) -> None:
    asks.status = code
    away(users, asks.bearer())
    assert asks.asked == [CONFIGURATION], "a redirect is not followed"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [1, null, {}, {"kid": 7}, {"kid": "RS256-0"}]}',
        b'{"keys": [{"kid": "RS256-0", "kty": "RSA", "n": "AQAB", "e": "AQAB"}]}',
        b'{"keys": [{"kid": "RS256-0", "kty": "RSA", "n": "!!", "e": 7}]}',
        b'{"keys": [{"kid": "RS256-0", "kty": "oct", "k": "c2VjcmV0"}]}',
        b"[" * 100_000,
        b"\xff",
        b" " * (module.LARGEST + 1),
    ],
    ids=lambda document: repr(document[:40]),
)
def test_documents_that_hold_no_keys(users: Api, asks: Issuing, document: bytes) -> None:
    asks.documents[KEYS] = document
    away(users, asks.bearer())


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://another.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": 7},
        {"jwks_uri": "http://192.0.2.1/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http://[::1"},
        {"jwks_uri": "http://192.0.2.1\\@127.0.0.1/keys"},
        {"jwks_uri": "http://127.0.0.1@192.0.2.1/keys"},
        {"jwks_uri": "http://[::1]192.0.2.1/keys"},
        {"jwks_uri": ""},
    ],
    ids=str,
)
def test_a_configuration_that_is_not_the_issuer_s(
    users: Api, asks: Issuing, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    fetch = module._document

    def noted(url: str) -> dict[str, Any]:
        fetched.append(url)
        return fetch(url)

    monkeypatch.setattr(module, "_document", noted)
    whole = {"issuer": asks.url, "jwks_uri": asks.url + KEYS} | change
    asks.documents[CONFIGURATION] = json.dumps(whole).encode()
    away(users, asks.bearer())
    assert fetched == [asks.url + CONFIGURATION]


def test_keys_in_too_large_a_document_are_none(users: Api, asks: Issuing) -> None:
    keys = json.dumps({"keys": asks.published()}).encode()
    asks.documents[KEYS] = keys.ljust(module.LARGEST)
    assert status(users, asks.bearer()) == 200
    module.reset()
    asks.documents[KEYS] = keys.ljust(module.LARGEST + 1)
    away(users, asks.bearer())


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")  # it is what this is about
def test_keys_that_are_not_for_signing_by_our_algorithms(users: Api, asks: Issuing) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    other = ec.generate_private_key(ec.SECP384R1())
    keys = asks.published()
    keys[0]["use"] = "enc"  # RS256
    keys[1]["alg"] = "ES512"
    keys += [
        json.loads(RSAAlgorithm.to_jwk(weak.public_key())) | {"kid": "weak"},
        json.loads(ECAlgorithm.to_jwk(other.public_key())) | {"kid": "other"},
    ]
    asks.documents[KEYS] = json.dumps({"keys": keys}).encode()
    assert status(users, asks.bearer(algorithm="EdDSA")) == 200
    assert status(users, asks.bearer(algorithm="RS256")) == 401
    assert status(users, asks.bearer(algorithm="ES256")) == 401
    assert status(users, asks.bearer(key=weak, headers={"kid": "weak"})) == 401
    assert status(users, asks.bearer(algorithm="ES384", key=other, headers={"kid": "other"})) == 401


def test_a_private_part_that_an_issuer_publishes_does_not_matter(users: Api, asks: Issuing) -> None:
    keys = [
        {name: key[name] for name in key if name not in ("alg", "use")} for key in asks.published()
    ]
    asks.documents[KEYS] = json.dumps({"keys": keys, "more": [1]}).encode()
    for algorithm in ("RS256", "ES256", "EdDSA"):
        assert status(users, asks.bearer(algorithm=algorithm)) == 200


def test_public_routes_do_not_need_the_issuer(users: Api, asks: Issuing) -> None:
    asks.end()
    for path in ("/", "/health", "/openapi.json", "/errors"):
        assert users.send("GET", path).status_code == 200
    assert_problem(users.send("GET", "/nope"), 404, "route_not_found")
    assert_problem(users.send("GET", "/users"), 401, "unauthorized")
