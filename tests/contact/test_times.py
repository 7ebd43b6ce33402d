"""Five an hour. Last of all: a process that has refused an address remembers it."""

import pytest

from tests.contact.client import Form
from tests.contract.client import assert_problem

pytestmark = [pytest.mark.tables, pytest.mark.mails]


def test_five_an_hour(mailing: Form) -> None:
    before = len(mailing.mails())
    for _ in range(5):
        assert mailing.json().status_code == 200
    for _ in range(2):
        body = assert_problem(mailing.json(), 429, "too_many_requests")
        assert body["detail"].startswith("At most 5 requests an hour")
    response = mailing.posted(message="Keep <this>")
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 720
    assert "many messages came from your connection" in response.text
    assert "Keep &lt;this&gt;</textarea>" in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert len(mailing.mails()) == before + 5
