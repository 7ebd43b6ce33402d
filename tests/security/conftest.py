"""The app on moto with tokens asked for; `ada` and `bob` are two callers of one API."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from chalicekit import limits, settings, tokens
from chalicekit.call import ANONYMOUS
from chalicekit.table import TABLES
from tests.contract.client import Api
from tests.issuing import Issuing
from tests.resources import described
from tests.targets import Target, direct_session

Configure = Callable[..., None]


@pytest.fixture
def issuer() -> Iterator[Issuing]:
    with Issuing() as running:
        yield running


@pytest.fixture
def configure() -> Iterator[Configure]:
    """Change the app's settings for one test; a setting of None is taken out."""
    with pytest.MonkeyPatch.context() as patch:

        def change(**values: str | None) -> None:
            for name, value in values.items():
                if value is None:
                    patch.delenv(name, raising=False)
                else:
                    patch.setenv(name, value)
            forget()

        yield change
    forget()


def forget() -> None:
    settings.reset()
    tokens.reset()
    limits.reset()


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
    for table in TABLES:
        monkeypatch.setattr(table, "owned", True)
        monkeypatch.setattr(table.lists, "owned", True)


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
    import json

    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
