"""Several callers at once: each is taken for themselves, and a limit is exact."""

from collections.abc import Iterator
from functools import partial

import pytest

from chalicekit import limits
from tests.concurrency.together import WRITERS, together
from tests.contract.client import Api
from tests.issuing import Issuing
from tests.proxied import Proxied
from tests.resources.users import USERS
from tests.targets import own, reread

pytestmark = pytest.mark.users


@pytest.fixture
def asks(app: Proxied, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuing]:
    with Issuing() as issuer:
        for name, value in issuer.settings.items():
            monkeypatch.setenv(name, value)
        reread()
        yield issuer
    monkeypatch.undo()
    reread()


def test_nobody_is_taken_for_another(
    app: Proxied, asks: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    own(monkeypatch)

    def made(headers: dict[str, str], api: Api) -> set[str]:
        api.target.session.headers.update(headers)
        return {api.made()["id"] for _ in range(4)}

    callers = [asks.bearer(f"caller-{n}", algorithm="EdDSA") for n in range(WRITERS)]
    found = together(app, USERS, [partial(made, headers) for headers in callers])
    for headers, mine in zip(callers, found, strict=True):
        api = app.api(USERS)
        api.target.session.headers.update(headers)
        assert {item["id"] for item in api.walked(limit=3)} == mine


@pytest.mark.parametrize("limit", [1, 5, WRITERS - 1])
def test_a_limit_is_exact(
    app: Proxied, asks: Issuing, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setenv("RATE_LIMIT", str(limit))
    # What the process remembers would decide alone: each call is one of another environment.
    monkeypatch.setattr(limits, "_remember", lambda *_: None)
    reread()
    headers = asks.bearer(f"eager-{limit}", algorithm="EdDSA")
    answers = together(app, USERS, [lambda api: api.get("x", headers).status_code] * WRITERS)
    assert sorted(answers) == [404] * limit + [429] * (WRITERS - limit)
