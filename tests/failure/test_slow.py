"""DynamoDB answers later than we wait."""

from collections.abc import Iterator

import pytest

from chalicekit import dynamodb, sdk
from tests.failure.actions import WRITES, Action, assert_done
from tests.proxied import Proxied
from tests.proxy import Rule

pytestmark = pytest.mark.one_engine


@pytest.fixture(scope="module", autouse=True)
def impatient(started: Proxied) -> Iterator[None]:
    """The app waits 0.12 s for an answer, and the slow faults take 0.2."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sdk, "READ_SECONDS", 0.12)
        patch.setattr(started.proxy, "slowness", 0.2)
        dynamodb.reset()
        yield
    dynamodb.reset()


@pytest.mark.parametrize("action", WRITES, ids=str)
def test_a_write_that_gets_there_late(app: Proxied, action: Action) -> None:
    """It gets there after the second try, and changes nothing more."""
    send = action.ready(app)
    app.proxy.reset(Rule("slow", action.write))
    response = send()
    assert response.status_code == action.success, response.text
    assert_done(app, action)
