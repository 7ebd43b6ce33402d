"""A message becomes one mail, and what is no message becomes none."""

import time
from urllib.parse import quote_plus

import pytest

from chalicelib import contact
from tests.contact.client import ADA, ADDRESS, FULL, Form, Mail, long_ago
from tests.contract.client import assert_problem

pytestmark = [pytest.mark.tables, pytest.mark.mails]

HTML = (
    "<p><b>Ada Lovelace</b> &lt;ada@example.org&gt; wrote:</p>\n<p>Hello.<br>\nIs it there?</p>\n"
)
TEXT = "Ada Lovelace <ada@example.org> wrote:\n\nHello.\nIs it there?\n"


def is_adas(mail: Mail) -> None:
    assert (mail.sender, mail.receivers) == (ADDRESS, [ADDRESS])
    assert mail.subject == "Message from Ada Lovelace"
    assert mail.html == HTML
    assert mail.text in (None, TEXT)


def test_a_program_sends_one(mailing: Form) -> None:
    before = len(mailing.mails())
    response = mailing.json()
    assert (response.status_code, response.json()) == (200, {"status": "sent"})
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["RateLimit-Policy"] == '"contact";q=5;w=3600'
    assert FULL.fullmatch(response.headers["RateLimit"])
    (mail,) = mailing.mails()[before:]
    is_adas(mail)


def test_a_browser_sends_one_and_is_led_on(mailing: Form) -> None:
    before = len(mailing.mails())
    response = mailing.posted(website="", opened=long_ago())
    assert (response.status_code, response.content) == (303, b"")
    assert response.headers["Location"].endswith("/contact?sent=1")
    (mail,) = mailing.mails()[before:]
    is_adas(mail)
    assert "Your message was sent." in mailing.page("?sent=1").text


def test_line_breaks_of_every_kind_are_one_kind_in_the_message(mailing: Form) -> None:
    message = "a\r\nb\rc\nd\u2028e\u2029f\x85g\vh\fi"
    for response in (mailing.json(message=message), mailing.posted(message=message)):
        assert response.status_code in (200, 303)
        lines = "<br>\n".join("abcdefghi")
        assert mailing.mails()[-1].html.endswith(f"<p>{lines}</p>\n")


def test_nothing_of_a_message_is_html(mailing: Form) -> None:
    given = "<script>alert('&')</script>\"{{message}}"
    assert mailing.json(name=given, message=given).status_code == 200
    mail = mailing.mails()[-1]
    escaped = "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;&quot;{{message}}"
    assert mail.html == (
        f"<p><b>{escaped}</b> &lt;ada@example.org&gt; wrote:</p>\n<p>{escaped}</p>\n"
    )
    assert mail.subject == f"Message from {given}"


def test_every_script_arrives(mailing: Form) -> None:
    name, message = "与謝野 晶子 🖋", "Καλημέρα, мир, سلام\u200cعلیکم"
    assert mailing.posted(name=name, message=message).status_code == 303
    assert mailing.mails()[-1].subject == f"Message from {name}"
    assert message in mailing.mails()[-1].html


def test_what_is_refused_is_not_counted(mailing: Form) -> None:
    for _ in range(7):
        assert_problem(mailing.json(email="x"), 422, "invalid_body", {"/email": "invalid"})
        assert mailing.json(website="https://spam.example").status_code == 200
    assert FULL.fullmatch(mailing.json().headers["RateLimit"])


@pytest.mark.parametrize(
    "fields",
    [
        {"website": "https://spam.example"},
        {"opened": str(int(time.time()) + 10**6)},
        {"opened": "9" * 12},
    ],
    ids=["trap", "haste", "future"],
)
def test_programs_are_told_so_and_nothing_is_sent(mailing: Form, fields: dict[str, str]) -> None:
    before = len(mailing.mails())
    assert mailing.json(**fields).json() == {"status": "sent"}
    assert mailing.posted(**fields).status_code == 303
    assert len(mailing.mails()) == before


@pytest.mark.parametrize("opened", ["", "0", None])
def test_who_gives_no_time_or_an_old_one_is_no_program(mailing: Form, opened: str | None) -> None:
    before = len(mailing.mails())
    assert mailing.json(opened=opened).status_code == 200
    assert len(mailing.mails()) == before + 1


def test_a_page_that_was_just_made_was_not_read(mailing: Form) -> None:
    page = mailing.page().text
    opened = page.partition('name="opened" type="hidden" value="')[2].partition('"')[0]
    assert abs(int(opened) - time.time()) < 10
    before = len(mailing.mails())
    assert mailing.posted(opened=str(int(time.time()))).status_code == 303
    assert len(mailing.mails()) == before
    assert contact.LEAST_SECONDS <= 3, "a person who pastes is quick"


def test_a_form_may_stand_in_base64_or_not(mailing: Form) -> None:
    """Function URLs send forms in base64; a space is a plus or not, and a name is decoded once."""
    body = f"name=Ada+%2B%20Co%25&email={quote_plus(ADA['email'])}&message=a%0D%0Ab"
    assert mailing.sent(body).status_code == 303
    assert mailing.mails()[-1].subject == "Message from Ada + Co%"
    assert mailing.mails()[-1].html.endswith("<p>a<br>\nb</p>\n")
