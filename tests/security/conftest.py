"""The app on moto with tokens asked for; `ada` and `bob` are two callers of one API."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from chalicekit.call import ANONYMOUS
from tests.contract.client import Api
from tests.issuing import Issuing
from tests.resources import described
from tests.targets import Configure, Target, direct_session, own


@pytest.fixture
def issuer() -> Iterator[Issuing]:
    with Issuing() as running:
        yield running


@pytest.fixture
def asks(issuer: Issuing, configure: Configure) -> Issuing:
    """The issuer whose tokens the app asks for."""
    configure(**issuer.settings)
    return issuer


@pytest.fixture
def users(target: Target) -> Api:
    """Without a token. Tests that ask for it are dropped where an API has no users."""
    return Api(target, described()["users"])


@pytest.fixture
def owned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table as if it had been made with `owned=True`."""
    own(monkeypatch)


@pytest.fixture
def ada(users: Api, asks: Issuing) -> Api:
    return called_by(users, asks.bearer("ada"), "ada")


@pytest.fixture
def bob(users: Api, asks: Issuing) -> Api:
    return called_by(users, asks.bearer("bob"), "bob")


def called_by(api: Api, headers: dict[str, str], owner: str = ANONYMOUS) -> Api:
    """The same API, called with these headers; `owner` is whose token they hold."""
    session: requests.Session = direct_session()
    for prefix, adapter in api.target.session.adapters.items():
        session.mount(prefix, adapter)
    session.headers.update(headers)
    return Api(replace(api.target, session=session, owner=owner), api.resource)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """What was logged since it was last asked for."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
