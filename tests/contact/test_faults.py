"""SES refuses, is busy, away, or breaks off: what is told, logged and counted."""

import json
from collections.abc import Iterator

import pytest

from chalicekit import mail
from tests.contact.client import FULL, Form
from tests.contact.ses import Answer, Ses, breaks_off, hangs, refusal, says
from tests.contract.client import assert_problem
from tests.engines import free_port
from tests.targets import Configure

pytestmark = pytest.mark.configures


@pytest.fixture
def ses(form: Form, configure: Configure) -> Iterator[Ses]:
    with Ses() as running:
        configure(AWS_ENDPOINT_URL_SESV2=running.url)
        yield running


def told(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, str]]:
    """Level, event and reason of each line, but for the requests; nobody's data in any of them."""
    out = capsys.readouterr().out
    for secret in ("example", "Ada", "Lovelace", "Hello"):
        assert secret not in out
    read = [json.loads(line) for line in out.splitlines()]
    return [(d["level"], d["event"], d["reason"]) for d in read if d["event"] != "request"]


@pytest.mark.parametrize(
    ("answer", "code", "wait", "line"),
    [
        (refusal(400, "MessageRejected"), "unavailable", 300, ("ERROR", "mail_refused")),
        (refusal(400, "MailFromDomainNotVerifiedException"), "unavailable", 300, None),
        (refusal(400, "SendingPausedException"), "unavailable", 300, None),
        (refusal(400, "AccountSuspendedException"), "unavailable", 300, None),
        (refusal(404, "NotFoundException"), "unavailable", 300, None),
        (refusal(403, "AccessDeniedException"), "unavailable", 300, None),
        (refusal(400, "BadRequestException"), "unavailable", 300, None),
        (refusal(429, "TooManyRequestsException"), "throttled", 1, ("WARNING", "mail_throttled")),
        (refusal(400, "ThrottlingException"), "throttled", 1, ("WARNING", "mail_throttled")),
        (refusal(429, "Elsewhere"), "throttled", 1, ("WARNING", "mail_throttled")),
        (refusal(503, "ServiceUnavailable"), "unavailable", 1, ("WARNING", "mail_away")),
    ],
)
def test_what_was_not_sent_is_not_counted(
    form: Form,
    ses: Ses,
    capsys: pytest.CaptureFixture[str],
    answer: Answer,
    code: str,
    wait: int,
    line: tuple[str, str] | None,
) -> None:
    ses.answers = [answer] * 7
    for _ in range(6):
        response = form.json()
        assert_problem(response, 503, code)
        assert response.headers["Retry-After"] == str(wait)
        assert "RateLimit" not in response.headers
    page = form.posted(message="Keep\n<this>")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == str(wait)
    assert "Keep\n&lt;this&gt;</textarea>" in page.text
    assert "Your text is still here" in page.text
    assert len(ses.asked) == 7, "each once"
    said = told(capsys)
    assert {one[:2] for one in said} == {line or ("ERROR", "mail_refused")}
    assert len(said) == 7
    assert FULL.fullmatch(form.json().headers["RateLimit"])


@pytest.mark.parametrize(
    "answer",
    [
        breaks_off,
        hangs,
        refusal(500, "InternalFailure"),
        refusal(504, "Timeout"),
        says(200, b"<html>Sign in to this network</html>"),
        says(200, b"{}"),
        says(200, b""),
        says(200, b'{"MessageId"'),
        says(200, b"[]"),
        says(200, b"\xff\xfe"),
        says(400, b"[1]"),
    ],
    ids=["cut", "slow", "500", "504", "html", "no id", "empty", "half", "list", "bytes", "odd"],
)
def test_what_may_have_been_sent_is_not_sent_again(
    form: Form,
    ses: Ses,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
) -> None:
    if answer is hangs:
        monkeypatch.setattr(mail, "READ_SECONDS", 0.3)
        mail.reset()
    ses.answers = [answer, answer]
    body = assert_problem(form.json(), 503, "outcome_unknown")
    assert "may come twice" in body["detail"]
    page = form.posted(message="Keep this")
    assert page.status_code == 503
    assert "so it may have arrived" in page.text
    assert "Keep this</textarea>" in page.text
    assert len(ses.asked) == 2, "each once"
    assert {line[:2] for line in told(capsys)} == {("ERROR", "mail_unknown")}
    assert form.json().headers["RateLimit"].startswith('"contact";r=2;'), "they were counted"


def test_nobody_is_there(
    form: Form, configure: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(AWS_ENDPOINT_URL_SESV2=f"http://127.0.0.1:{free_port()}")
    for _ in range(6):
        assert_problem(form.json(), 503, "unavailable")
    assert told(capsys) == [("WARNING", "mail_away", "EndpointConnectionError")] * 6


def test_no_connection_is_kept(form: Form, ses: Ses) -> None:
    """One that the other end has closed meanwhile would look like an answer that was lost."""
    for _ in range(3):
        assert form.json().status_code == 200
    pool = mail.client()._endpoint.http_session._manager.pools
    assert len(pool) == 0


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"CONTACT_TO": None}, "set CONTACT_TO"),
        ({"CONTACT_FROM": ""}, "set CONTACT_FROM"),
        ({"CONTACT_TO": "nobody"}, "CONTACT_TO must be one e-mail address"),
        ({"CONTACT_FROM": "a@example.com\nBcc: b@example.com"}, "CONTACT_FROM must be one"),
        ({"CONTACT_FROM": "a@example.com, b@example.com"}, "CONTACT_FROM must be one"),
        ({"CONTACT_TO": "Ada <a@example.com>"}, "CONTACT_TO must be one"),
    ],
)
def test_without_addresses_it_says_what_to_set(
    form: Form,
    ses: Ses,
    configure: Configure,
    capsys: pytest.CaptureFixture[str],
    given: dict[str, str | None],
    hint: str,
) -> None:
    configure(STAGE="dev", **given)
    assert form.page().status_code == 200
    capsys.readouterr()
    assert_problem(form.json(), 503, "not_configured")
    line = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (line["level"], line["event"]) == ("ERROR", "not_configured")
    assert line["hint"].startswith(hint)
    page = form.posted(message="Keep this")
    assert page.status_code == 503
    assert "Keep this</textarea>" in page.text
    assert ses.asked == []
    assert_problem(form.json(email="x"), 422, "invalid_body", {"/email": "invalid"})


def test_a_fault_of_ours_keeps_the_text_too(
    form: Form, ses: Ses, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise LookupError

    monkeypatch.setattr(mail, "send", broken)
    page = form.posted(message="Keep this")
    assert page.status_code == 500
    assert "Keep this</textarea>" in page.text
    assert_problem(form.json(), 500, "internal_error")


def test_the_log_says_of_a_program_only_that(
    form: Form, ses: Ses, capsys: pytest.CaptureFixture[str]
) -> None:
    form.json(website="https://ada.example")
    assert told(capsys) == [("INFO", "contact_ignored", "trap")]
    assert ses.asked == []
