"""Five an hour."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicekit import windows
from tests.contact.client import FULL, Form
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
    assert 1 <= int(response.headers["Retry-After"]) <= 3600
    assert "many messages came from your connection" in response.text
    assert "Keep &lt;this&gt;</textarea>" in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert len(mailing.mails()) == before + 5


@pytest.mark.configures
def test_no_more_within_the_hour_and_then_five_again(
    mailing: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = time.time()
    clock = [start]
    monkeypatch.setattr(windows, "time", type("Clock", (), {"time": lambda: clock[0]}))
    answers = []
    for minute in range(0, 60, 4):
        clock[0] = start + 60 * minute
        answers.append(mailing.json())
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 10
    assert int(answers[-1].headers["Retry-After"]) in {240, 239}
    clock[0] = start + 3601
    assert FULL.fullmatch(mailing.json().headers["RateLimit"])


@pytest.mark.at_once
def test_those_that_come_at_once_are_counted_each(mailing: Form) -> None:
    before = len(mailing.mails())
    with ThreadPoolExecutor(15) as pool:
        statuses = [*pool.map(lambda _: mailing.json().status_code, range(15))]
    assert sorted(statuses) == [200] * 5 + [429] * 10
    assert len(mailing.mails()) == before + 5
