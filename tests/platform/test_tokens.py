"""What becomes of a refusal on its way, where the API asks for tokens."""

import pytest

from tests.contract.client import Api, assert_problem
from tools.deploy.protected import CHALLENGES

pytestmark = [pytest.mark.aws, pytest.mark.asks]


def test_a_call_without_a_token_is_told_what_to_send(api: Api) -> None:
    """API Gateway gives WWW-Authenticate another name; it must not lose it."""
    answer = api.send("GET", api.resource.path, headers={"Authorization": None})
    assert_problem(answer, 401, "unauthorized")
    (challenge,) = [answer.headers[name] for name in CHALLENGES if name in answer.headers]
    assert challenge.startswith("Bearer realm=")


def test_a_token_is_read_as_it_was_sent(api: Api) -> None:
    for sent in ("Bearer", "Bearer x.y.z", "Bearer a.b.c, Bearer d.e.f", "Basic eDp5"):
        answer = api.send("GET", api.resource.path, headers={"Authorization": sent})
        assert answer.status_code == 401, sent
