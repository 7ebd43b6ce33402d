"""What the log says, and what it never does."""

import json
import logging
from collections.abc import Iterator

import pytest

from chalicekit import lists, settings
from tests.contract.client import assert_problem
from tests.failure.actions import ACTIONS, MARK, NEW, OLD, TOKEN, Action
from tests.proxied import Proxied
from tests.proxy import Rule
from tests.resources import Json
from tests.resources.users import USERS

pytestmark = pytest.mark.one_engine
Output = pytest.CaptureFixture[str]


def lines(capsys: Output) -> list[Json]:
    """The log since it was last asked for; nothing of what clients sent is in it."""
    out, err = capsys.readouterr()
    assert MARK not in out + err
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_a_line_for_each_request(app: Proxied, action: Action, capsys: Output) -> None:
    send = action.ready(app)
    lines(capsys)
    response = send()
    (line,) = lines(capsys)
    assert line["event"] == "request"
    assert line["request_id"] == response.headers["X-Request-Id"]
    assert (line["method"], line["status"]) == (action.method, response.status_code)
    assert line["route"] in (
        action.resource.path,
        f"{action.resource.path}/{{{action.resource.key}}}",
    )
    assert 0 < line["dynamodb_ms"] <= line["ms"] < 10_000
    assert line["dynamodb_requests"] == len(action.asks)
    assert line["capacity"] > 0


def test_tries_are_counted(app: Proxied, capsys: Output) -> None:
    key = app.users.made()["id"]
    app.proxy.reset(Rule("slow", nth=1), Rule("cut_before", nth=2), Rule("throttling", nth=3))
    app.users.patch(key, {"name": f"{MARK} Ada"}, {"If-Match": app.users.get(key).headers["ETag"]})
    line = lines(capsys)[-1]
    assert line["dynamodb_requests"] == app.proxy.total - 1 == 3
    assert line["dynamodb_ms"] < line["ms"]


@pytest.mark.parametrize("fault", ["cut_before", "503", "no_grant", "garbage", "bad_gateway"])
def test_why_dynamodb_is_away(app: Proxied, fault: str, capsys: Output) -> None:
    app.proxy.reset(Rule(fault, nth=None))
    app.users.get("some")
    said = lines(capsys)
    assert {line["event"] for line in said} <= {"dynamodb_away", "dynamodb_refused", "request"}
    assert said[0]["reason"]
    assert said[0]["level"] in ("WARNING", "ERROR")


@pytest.fixture
def deployed(app: Proxied) -> Iterator[Proxied]:
    """The app as a deployed stage, where the log holds no messages of exceptions."""
    with pytest.MonkeyPatch.context() as patch:
        for table in ("users", "wares", "claims"):
            patch.setenv(f"TABLE_{table.upper()}", app.target.table(table))
        patch.setenv("STAGE", "dev")
        settings.reset()
        yield app
    settings.reset()


def test_an_exception_that_nobody_foresaw(
    deployed: Proxied, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    """500 without a trace; its places, not its message, are in the log, under the request id."""

    def broken(*_: object) -> None:
        raise ValueError(f"cannot use {MARK} Ada <{OLD[USERS]['email']}>")

    monkeypatch.setattr(lists.Lists, "page", broken)
    response = deployed.users.send("GET", "/users", headers=TOKEN)
    assert_problem(response, 500, "internal_error")
    text = response.text.lower()
    for word in ("trace", "valueerror", "python", "lists", MARK, "botocore", "chalice", "line "):
        assert word not in text
    trace, request = lines(capsys)
    assert (trace["level"], trace["exception"]) == ("ERROR", "ValueError")
    assert trace["request_id"] == request["request_id"] == response.headers["X-Request-Id"]
    assert any("users.py" in place for place in trace["trace"])
    assert "test_log.py" in trace["trace"][-1]
    assert request["status"] == 500


@pytest.mark.parametrize("fault", ["validation", "validation_reason"])
def test_an_error_of_dynamodb_that_nobody_foresaw(
    deployed: Proxied, fault: str, capsys: Output
) -> None:
    """Its message may quote what was sent, such as a key that is taken."""
    deployed.proxy.reset(Rule(fault))
    assert_problem(deployed.users.post(NEW[USERS]), 500, "internal_error")
    assert [line["event"] for line in lines(capsys)] == ["unforeseen", "request"]
    assert not deployed.rows("users")


def test_no_library_logs_what_was_sent(app: Proxied, caplog: pytest.LogCaptureFixture) -> None:
    """At the level that Lambda lets through. botocore's DEBUG does, and must stay off."""
    caplog.set_level(logging.INFO)
    for rules in ([], [Rule("cut_after")], [Rule("500_after")], [Rule("garbage")]):
        app.proxy.reset(*rules)
        app.users.post(NEW[USERS], TOKEN)
        app.users.query(email=NEW[USERS]["email"])
    assert MARK not in caplog.text
