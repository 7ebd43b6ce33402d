"""Unrestricted resource consumption (OWASP API4:2023): how often, how large, how deep, how long."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from chalicekit import call, jsonbody, limits
from chalicekit.call import Call
from chalicekit.problems import Unavailable
from tests import events
from tests.contract.client import Api, assert_problem
from tests.contract.lines import asked
from tests.issuing import Issuing
from tests.security.conftest import called_by
from tests.targets import Configure, Target, loaded

pytestmark = [pytest.mark.configures, pytest.mark.users]

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def full(target: Target) -> None:
    """Begin with full buckets: those of other tests are not there."""
    target.clear("claims", "pk")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time go by for the buckets: `clock(60)`. It stands still otherwise."""
    present = [time.time_ns()]

    class Clock:
        @staticmethod
        def time_ns() -> int:
            return present[0]

    monkeypatch.setattr(limits, "time", Clock)

    def forward(seconds: float) -> None:
        present[0] += int(seconds * 1e9)

    return forward


def left(response: Any) -> tuple[int, int]:
    """What RateLimit says: requests left, and seconds until all are."""
    match = re.fullmatch(r'"caller";r=([0-9]+);t=([0-9]+)', response.headers["RateLimit"])
    assert match, response.headers["RateLimit"]
    return int(match[1]), int(match[2])


def limited(response: Any, seconds: int) -> None:
    body = assert_problem(response, 429, "too_many_requests")
    assert response.headers["Retry-After"] == str(seconds)
    assert left(response)[0] == 0
    assert "errors" not in body


def test_an_answer_of_an_export_is_one_request(
    ada: Api, configure: Configure, clock: Callable[[float], None]
) -> None:
    configure(RATE_LIMIT="2")
    for number in range(2):
        response = asked(ada)
        assert (response.status_code, left(response)[0]) == (200, 1 - number)
    limited(asked(ada), 30)
    clock(30)
    assert asked(ada, method="HEAD").status_code == 200


def test_so_many_a_minute_and_then_one_at_a_time(
    ada: Api, configure: Configure, clock: Callable[[float], None]
) -> None:
    configure(RATE_LIMIT="4")
    for number in range(4):
        response = ada.get("x")
        assert response.status_code == 404
        assert response.headers["RateLimit-Policy"] == '"caller";q=4;w=60'
        assert left(response) == (3 - number, 15 * (number + 1))
    for _ in range(3):
        limited(ada.get("x"), 15)
    clock(14)
    limited(ada.get("x"), 1)
    clock(1)
    assert ada.get("x").status_code == 404
    limited(ada.get("x"), 15)
    clock(60)
    assert left(ada.get("x")) == (3, 15)
    clock(3600)
    assert left(ada.get("x")) == (3, 15)


def test_each_caller_has_their_own(ada: Api, bob: Api, configure: Configure) -> None:
    configure(RATE_LIMIT="1")
    assert ada.get("x").status_code == 404
    assert bob.get("x").status_code == 404
    assert ada.get("x").status_code == 429
    assert bob.get("x").status_code == 429


def test_without_tokens_it_is_the_address_that_counts(
    users: Api, configure: Configure, clock: Callable[[float], None]
) -> None:
    configure(RATE_LIMIT="2")
    for given in ("198.51.100.1", "198.51.100.2"):
        # What a client says of itself is not believed.
        headers = {"X-Forwarded-For": given, "Forwarded": f"for={given}"}
        assert users.get("x", headers).status_code == 404
    limited(users.get("x"), 30)


def test_what_is_public_is_not_counted(
    users: Api, configure: Configure, clock: Callable[[float], None], lines: Lines
) -> None:
    """A load balancer asks /health as often as it likes, and others share its address."""
    configure(RATE_LIMIT="1")
    assert users.get("x").status_code == 404
    limited(users.get("x"), 60)
    lines()
    for path in ("/health", "/", "/errors", "/openapi.json"):
        assert users.send("GET", path).status_code == 200
    assert users.send("GET", "/nope").status_code == 404
    assert {line["dynamodb_requests"] for line in lines()} == {0}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:0:0:0:0:a", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("", "192.0.2.1", False),
        ("unix:", "unix:", True),
    ],
)
def test_which_addresses_are_one(one: str, other: str, same: bool) -> None:
    keys = {limits.key(Call(source=source), limits.CALLER) for source in (one, other)}
    assert (len(keys) == 1) == same


def test_what_is_refused_for_its_scope_counts_too(
    users: Api, asks: Issuing, configure: Configure, clock: Callable[[float], None]
) -> None:
    configure(RATE_LIMIT="1")
    reader = called_by(users, asks.bearer("eve", scope="users:read"))
    assert reader.post(users.resource.sample()).status_code == 403
    assert reader.post(users.resource.sample()).status_code == 429


def test_a_preflight_and_an_unknown_token_cost_nothing(
    users: Api, asks: Issuing, configure: Configure, lines: Lines
) -> None:
    configure(RATE_LIMIT="1")
    lines()
    for _ in range(3):
        assert users.send("OPTIONS", "/users").status_code == 204
        assert_problem(users.send("GET", "/users"), 401, "unauthorized")
    assert {line["dynamodb_requests"] for line in lines()} == {0}


def test_it_costs_one_write_and_none_where_it_is_off(
    ada: Api, configure: Configure, clock: Callable[[float], None], lines: Lines
) -> None:
    counted: dict[str, list[int]] = {}
    for limit in ("", "1000"):
        configure(RATE_LIMIT=limit)
        lines()
        for _ in range(3):
            response = ada.get("x")
            assert ("RateLimit" in response.headers) == bool(limit)
        counted[limit] = [line["dynamodb_requests"] for line in lines()]
    assert counted == {"": [1, 1, 1], "1000": [2, 2, 2]}


def test_another_environment_counts_on(
    ada: Api, configure: Configure, clock: Callable[[float], None], lines: Lines
) -> None:
    """What a process has seen saves requests, and decides nothing."""
    configure(RATE_LIMIT="3")
    for number in range(3):
        limits.reset()
        lines()
        assert left(ada.get("x"))[0] == 2 - number
        # It takes the bucket for full at first, and is told otherwise.
        assert [line["dynamodb_requests"] for line in lines()] == [2 if number == 0 else 3]
    limits.reset()
    limited(ada.get("x"), 20)
    lines()
    limited(ada.get("x"), 20)
    assert [line["dynamodb_requests"] for line in lines()] == [0], "a full stop is remembered"


def test_a_count_whose_answer_is_lost_tells_nothing_of_the_item(
    ada: Api, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(RATE_LIMIT="5")

    def lost(*_: object, **__: object) -> None:
        raise Unavailable("outcome_unknown", "The write may have been done.")

    monkeypatch.setattr("chalicekit.dynamodb.write", lost)
    assert_problem(ada.get("x"), 503, "throttled")
    assert_problem(ada.post(ada.resource.sample()), 503, "throttled")


def test_a_bucket_goes_by_itself(ada: Api, configure: Configure) -> None:
    configure(RATE_LIMIT="5")
    ada.get("x")
    rows = [row for row in ada.target.items("claims") if row["pk"]["S"].startswith("rate#")]
    assert rows
    for row in rows:
        assert set(row) == {"pk", "full_at", "expires_at"}
        assert "ada" not in json.dumps(row)
        assert int(row["expires_at"]["N"]) - time.time() < limits.LINGERS + 120
        assert int(row["expires_at"]["N"]) * 1_000_000 > int(row["full_at"]["N"])


def test_no_more_callers_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 3)
    limits.reset()
    for number in range(10):
        limits._remember(f"rate#{number}", number)
    assert [*limits._full_at.values()] == [7, 8, 9]
    limits.reset()


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "1e3", "1000001", "１", " 5"])
def test_a_limit_that_makes_no_sense(users: Api, configure: Configure, value: str) -> None:
    configure(RATE_LIMIT=value)
    assert_problem(users.get("x"), 503, "not_configured")


def test_addresses_are_those_that_the_gateway_saw(
    users: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = events.Request("GET", "/health", "", [("X-Forwarded-For", "6.6.6.6")], b"")
    seen: list[str] = []
    monkeypatch.setattr("chalicekit.auth.admit", lambda one, _: seen.append(one.source))
    for event in (events.rest(request), events.url(request)):
        loaded()(event, None)
    assert seen == [events.CLIENT] * 2


def test_a_body_is_bounded_before_it_is_read(ada: Api) -> None:
    large = b'{"name": "' + b"x" * jsonbody.MAX_BYTES + b'"}'
    assert_problem(ada.post_bytes(large), 413, "body_too_large")
    deep = b'{"name": ' + b"[" * 5000 + b"]" * 5000 + b"}"
    assert_problem(ada.post_bytes(deep), 400, "invalid_json")


def test_a_token_is_asked_for_before_a_body_is_looked_at(users: Api, asks: Issuing) -> None:
    for body in (b"{", b"x" * (jsonbody.MAX_BYTES + 1), b""):
        assert_problem(users.post_bytes(body), 401, "unauthorized")
    assert_problem(users.query(limit="x", unknown="1"), 401, "unauthorized")


def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert call.PATIENCE < 29, "what a gateway waits"


def test_pages_are_bounded(ada: Api) -> None:
    assert_problem(ada.query(*[("id", f"i{n}") for n in range(101)]), 400, "invalid_query", IDS)
    assert ada.query(limit="999999999").status_code == 200


IDS = {"id": "too_long"}
