"""DynamoDB fails: each action, each of its requests, each fault; once, and for good."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicekit import call
from tests.contract.client import assert_problem, body_of
from tests.failure.actions import ACTIONS, KEYED, WRITES, Action, assert_done, assert_done_or_not
from tests.proxied import Proxied
from tests.proxy import Rule

NOT_DONE = ["cut_before", "500", "503", "bad_gateway"]
BUSY = ["throughput", "throttling", "request_limit"]
BUSY_INSIDE = ["throughput_reason", "throttling_reason", "conflict_reason"]
WAITS = {*BUSY, *BUSY_INSIDE, "conflict", "unprocessed"}
UNTOLD = ["cut_after", "500_after", "half", "garbage", "not_utf8", "empty", "no_object"]
OWN = {  # faults of these operations alone
    "PutItem": ["conflict"],
    "UpdateItem": ["conflict"],
    "DeleteItem": ["conflict"],
    "TransactWriteItems": ["in_progress", *BUSY_INSIDE],
    "BatchGetItem": ["unprocessed"],
}
LASTING = ["cut_before", "503", "throttling", "cut_after", "half"]
REFUSED = ["no_table", "no_grant", "bad_token", "expired_token"]
ATTEMPTS = 5


# One action for each operation, so that every fault meets it.
EACH = ["users-get", "users-list", "users-ids", "users-create", "users-patch-if", "users-delete"]
EACH += ["wares-create", "wares-create-keyed", "wares-replace", "wares-delete"]


def once(actions: list[Action], faults: list[str]) -> Iterator[Any]:
    for action in actions:
        for nth, operation in enumerate(action.asks, 1):
            for fault in faults or OWN.get(operation, []):
                yield pytest.param(action, nth, fault, id=f"{action}-{nth}-{fault}")


def for_good() -> Iterator[Any]:
    for action in ACTIONS:
        for fault in LASTING + OWN.get(action.write, []):
            yield pytest.param(action, fault, id=f"{action}-{fault}")


@pytest.mark.parametrize(("action", "nth", "fault"), [*once(ACTIONS, LASTING), *once(ACTIONS, [])])
def test_once(app: Proxied, action: Action, nth: int, fault: str) -> None:
    """A second try does it, whether or not the first one had."""
    send = action.ready(app)
    app.proxy.reset(Rule(fault, nth=nth))
    response = send()
    assert response.status_code == action.success, response.text
    assert len(action.asks) < app.proxy.total <= len(action.asks) + 2
    assert_done(app, action)
    if action.success != 204 and "etag" in (body := body_of(response)):
        held = app.rows(action.resource.table)[body[action.resource.key]]
        assert (response.headers["ETag"], body["etag"]) == (f'"{held["etag"]}"', held["etag"])
        assert body["updated_at"] == held["updated_at"]
        assert "Idempotent-Replayed" not in response.headers


ONE_EACH = [action for action in ACTIONS if str(action) in EACH]
OTHERS = [fault for fault in NOT_DONE + BUSY + UNTOLD if fault not in LASTING]


@pytest.mark.one_engine
@pytest.mark.parametrize(("action", "nth", "fault"), [*once(ONE_EACH, OTHERS)])
def test_every_fault_once(app: Proxied, action: Action, nth: int, fault: str) -> None:
    test_once(app, action, nth, fault)


@pytest.mark.one_engine
@pytest.mark.parametrize(("action", "fault"), [*for_good()])
def test_for_good(app: Proxied, action: Action, fault: str) -> None:
    """It cannot be done, or nobody can tell: 503, after few tries, and nothing is half done."""
    send = action.ready(app)
    app.proxy.reset(Rule(fault, action.write, None))
    response = send()
    if fault in UNTOLD and action.looks_again:
        assert response.status_code == 200, response.text
        assert_done(app, action)
        return
    unsure = "outcome_unknown" if action.writes else "unavailable"
    assert_problem(response, 503, "throttled" if fault in WAITS else unsure)
    assert app.proxy.counts[action.write] <= ATTEMPTS + len(action.asks)
    if fault in UNTOLD and action.asks.count(action.write) == 1:
        assert_done(app, action)
    else:
        assert_done_or_not(app, action)


@pytest.mark.one_engine
@pytest.mark.parametrize("action", WRITES, ids=str)
@pytest.mark.parametrize("then", ["cut_before", "throttling", "no_grant"])
def test_done_then_refused(app: Proxied, action: Action, then: str) -> None:
    """The first try was done, untold; the next ones are turned away. It may have been done."""
    send = action.ready(app)
    first = action.asks.index(action.write) + 1
    app.proxy.reset(
        Rule("cut_after", nth=first), *(Rule(then, nth=first + n) for n in range(1, 20))
    )
    assert_problem(send(), 503, "outcome_unknown")
    assert_done_or_not(app, action)


@pytest.mark.one_engine
@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_it_refuses_us(app: Proxied, action: Action) -> None:
    """No second try helps, and the client cannot know; the log says what to look at."""
    send = action.ready(app)
    for fault in REFUSED:
        app.proxy.reset(Rule(fault, nth=None))
        assert_problem(send(), 503, "unavailable")
        assert app.proxy.total == 1
    assert_done_or_not(app, action)


@pytest.mark.one_engine
@pytest.mark.parametrize("action", WRITES, ids=str)
def test_every_second_request_fails(app: Proxied, action: Action) -> None:
    send = action.ready(app)
    app.proxy.reset(*(Rule("cut_after", nth=n) for n in range(1, 20, 2)))
    response = send()
    assert response.status_code == action.success, response.text
    assert_done(app, action)


@pytest.mark.parametrize("action", [a for a in WRITES if a.headers == KEYED], ids=str)
def test_a_client_repeats_what_it_was_not_told(app: Proxied, action: Action) -> None:
    send = action.ready(app)
    app.proxy.reset(Rule("cut_after", action.write, None))
    assert_problem(send(), 503, "outcome_unknown")
    app.proxy.reset()
    again = send()
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert_done(app, action)


def test_it_is_slow(app: Proxied) -> None:
    app.proxy.reset(Rule("slow", nth=None))
    key = app.users.made()["id"]
    assert app.users.get(key).status_code == 200
    assert app.users.delete(key).status_code == 204
    assert app.proxy.counts == {"TransactWriteItems": 2, "GetItem": 2}


@pytest.mark.one_engine
@pytest.mark.parametrize("action", [a for a in ACTIONS if len(a.asks) > 1], ids=str)
def test_the_time_is_over(app: Proxied, action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of two requests takes it all: the second is not begun."""
    send = action.ready(app)
    monkeypatch.setattr(call, "PATIENCE", app.proxy.slowness / 2)
    app.proxy.reset(Rule("slow_answer", nth=1))
    assert_problem(send(), 503, "unavailable")
    assert app.proxy.total == 1
    assert_done_or_not(app, action)
