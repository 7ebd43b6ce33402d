"""Errors of ours: what a client is told of them, and what it is not."""

import time

import pytest

from chalicekit.table import Table
from tests.contract.client import Api, assert_problem
from tests.engines import free_port
from tests.targets import Configure

pytestmark = pytest.mark.configures

ORIGIN = {"Origin": "http://localhost:3000"}


def test_dynamodb_is_away(users: Api, configure: Configure) -> None:
    key = users.made()["id"]
    configure(AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{free_port()}")
    assert users.send("GET", "/health").status_code == 200
    begun = time.monotonic()
    assert_problem(users.send("GET", "/health?deep=1", headers=ORIGIN), 503, "unavailable")
    assert_problem(users.get(key, ORIGIN), 503, "unavailable")
    assert_problem(users.query(), 503, "unavailable")
    assert time.monotonic() - begun < 30  # Ten seconds for each.


def test_a_table_is_missing(users: Api, configure: Configure) -> None:
    configure(TABLE_USERS="no-such-table")
    for response in (users.get("x", ORIGIN), users.query(), users.post(users.resource.sample())):
        problem = assert_problem(response, 503, "unavailable")
        assert "no-such-table" not in str(problem)


@pytest.mark.parametrize("error", [RuntimeError, KeyError, RecursionError, MemoryError])
def test_an_exception_that_nobody_foresaw(
    users: Api, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise error("secret-7f3a")

    monkeypatch.setattr(Table, "get", fail)
    response = users.get("x", ORIGIN)
    assert_problem(response, 500, "internal_error")
    for word in ("secret-7f3a", error.__name__, "Traceback", "chalice", "pydantic", "File"):
        assert word not in response.text
    head = users.send("HEAD", "/users/x")
    assert (head.status_code, head.content) == (500, b"")
