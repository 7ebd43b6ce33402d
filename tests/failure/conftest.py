"""The app on each engine behind a proxy that fails on order; every log line is looked at."""

import json
from collections.abc import Iterator

import pytest

from chalicekit import call, log
from tests.contract.client import Api
from tests.engines import Engine
from tests.failure.actions import MARK
from tests.proxied import Proxied, behind
from tests.resources import Resource
from tests.resources.users import USERS
from tests.resources.wares import WARES


@pytest.fixture(scope="module")
def started(engine: Engine) -> Iterator[Proxied]:
    with behind(engine) as app:
        yield app


@pytest.fixture
def app(started: Proxied, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxied]:
    """With empty tables, no faults yet, and pauses and timeouts a twentieth of the real ones."""
    monkeypatch.setattr(call, "FIRST_PAUSE", call.FIRST_PAUSE / 20)
    monkeypatch.setattr(call, "LONGEST_PAUSE", call.LONGEST_PAUSE / 20)
    started.proxy.reset()
    started.clear()
    yield started
    started.proxy.reset()


@pytest.fixture(params=[USERS, WARES], ids=str)
def resource(request: pytest.FixtureRequest) -> Resource:
    found: Resource = request.param
    return found


@pytest.fixture
def api(app: Proxied, resource: Resource) -> Api:
    return app.api(resource)


@pytest.fixture(autouse=True)
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Every line that is printed is the log's: JSON, and nothing of what clients sent."""
    log.setup()
    yield
    for line in capsys.readouterr().out.splitlines():
        members = json.loads(line)
        assert MARK not in line
        assert members.keys() >= {"level", "event"}
        if members["event"] == "request":
            assert members.keys() >= LOGGED


LOGGED = {"request_id", "method", "route", "status", "ms", "dynamodb_ms", "capacity"}
