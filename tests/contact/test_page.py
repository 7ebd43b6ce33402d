"""The page: what it lets run, and how it works in a browser, with JavaScript and without."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, needed
from tests.contact.client import ADDRESS, BROWSER, Form
from tests.contact.ses import Ses, breaks_off, refusal
from tests.openapi.document import fits
from tests.serving import serving
from tests.targets import Configure, loaded

ERROR = "document.getElementById('{}-wrong')?.textContent"


def test_everybody_gets_the_page(form: Form) -> None:
    for accept in (BROWSER["Accept"], "*/*", "application/json"):
        response = form.page(Accept=accept)
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-cache"
    head = form.target.session.head(form.url, timeout=30)
    assert (head.status_code, head.content) == (200, b"")


def test_its_form_goes_home_and_nothing_else_anywhere(form: Form) -> None:
    response = form.page()
    parts = response.headers["Content-Security-Policy"].split("; ")
    policy = dict(part.split(" ", 1) for part in parts)
    assert (policy["form-action"], policy["connect-src"]) == ("'self'", "'self'")
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
    assert policy["style-src"].count("'sha256-") == 2
    assert policy["script-src"].count("'sha256-") == 1
    assert re.search(r'<form method="post" action="(/[a-z]+)?/contact">', response.text)
    assert "{{" not in response.text.partition("<script>")[0]
    assert not re.search(r"\b(src|on\w+|style)=", response.text)


def test_each_field_has_its_label_and_its_place_for_what_is_wrong(form: Form) -> None:
    page = form.page().text
    for name in ("name", "email", "message"):
        assert f'<label for="{name}">' in page
        assert f'id="{name}" name="{name}"' in page
        assert f'aria-describedby="{name}-wrong"' in page
        assert f'id="{name}-wrong"></p>' in page
    trap = page.partition('class="trap"')[2].partition("</div>")[0]
    assert trap.startswith(' aria-hidden="true"')
    assert 'autocomplete="off" tabindex="-1"' in trap


@pytest.mark.in_process
def test_it_is_described_for_programs(form: Form) -> None:
    document = form.target.session.get(f"{form.target.base_url}/openapi.json", timeout=30).json()
    described = document["paths"]["/contact"]
    assert described.keys() == {"get", "post"}, "Allow names both"
    assert [*described["get"]["responses"]["200"]["content"]] == ["text/html"]
    content = described["post"]["requestBody"]["content"]
    assert [*content] == ["application/json", "application/x-www-form-urlencoded"]
    assert described["post"]["responses"].keys() >= {
        "200",
        "400",
        "413",
        "415",
        "422",
        "429",
        "503",
    }
    assert described["post"]["security"] == []


@pytest.fixture
def ses(configure: Configure) -> Iterator[Ses]:
    with Ses() as running:
        configure(AWS_ENDPOINT_URL_SESV2=running.url)
        yield running


Opens = Callable[..., Browser]


@pytest.fixture
def opened(form: Form, ses: Ses, tmp_path: Path) -> Iterator[Opens]:
    """Opens the page in a browser: `opened(scripts=False, width=390)`."""
    needed()
    with serving(form.target) as url, Browser(tmp_path / "profile") as browser:

        def begin(*, scripts: bool = True, width: int = 1280) -> Browser:
            mobile = width < 500
            browser.send(
                "Emulation.setDeviceMetricsOverride",
                width=width,
                height=844,
                deviceScaleFactor=1,
                mobile=mobile,
            )
            browser.send("Emulation.setScriptExecutionDisabled", value=not scripts)
            browser.open(f"{url}/contact")
            # As if it had been read for a while.
            browser.evaluate("document.querySelector('[name=opened]').value = '0'")
            return browser

        yield begin


def write(browser: Browser, **fields: str) -> None:
    given = {"name": "Ada", "email": "ada@example.org", "message": "a\nb"} | fields
    for name, text in given.items():
        browser.fill(f"#{name}", text)


@pytest.mark.in_process
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_message_is_sent(opened: Opens, ses: Ses, scripts: bool, width: int) -> None:
    browser = opened(scripts=scripts, width=width)
    write(browser)
    browser.click("button")
    browser.until("document.getElementById('sent')?.hidden === false")
    assert "Your message was sent." in browser.text("#sent")
    assert browser.evaluate("document.querySelector('form').offsetParent") is None
    assert browser.evaluate("location.search") == ("" if scripts else "?sent=1")
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    (asked,) = ses.asked
    assert asked["Destination"] == {"ToAddresses": [ADDRESS]}
    text = asked["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert text == "Ada <ada@example.org> wrote:\n\na\nb\n"
    if scripts:
        assert browser.evaluate("document.activeElement.textContent") == "Your message was sent."
    browser.click("#sent a")
    browser.until("document.querySelector('form')?.hidden === false")


@pytest.mark.in_process
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_what_is_wrong_stands_beside_its_field(opened: Opens, ses: Ses, scripts: bool) -> None:
    browser = opened(scripts=scripts)
    browser.evaluate("document.querySelector('form').noValidate = true")
    write(browser, name="", email="ada@", message="Keep\nthis")
    browser.click("button")
    if scripts:  # nothing was asked yet: what is empty needs no server to say so
        browser.until(ERROR.format("name"))
        assert browser.evaluate("document.activeElement.id") == "name"
        assert ses.asked == []
        write(browser, email="ada@", message="Keep\nthis")
        browser.click("button")
    browser.until(ERROR.format("email"))
    first = "email" if scripts else "name"
    browser.until(f"document.activeElement.id === '{first}'")
    wrong = "[...document.querySelectorAll('[aria-invalid=true]')].map((field) => field.id)"
    assert browser.evaluate(wrong) == (["email"] if scripts else ["name", "email"])
    assert browser.evaluate("document.getElementById('message').value") == "Keep\nthis"
    assert "look at what is marked" in browser.text("#notice")
    assert ses.asked == []
    browser.evaluate("document.querySelector('[name=opened]').value = '0'")
    write(browser, message="Keep\nthis")
    browser.click("button")
    browser.until("document.getElementById('sent')?.hidden === false")
    assert len(ses.asked) == 1


@pytest.mark.in_process
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refusal(400, "MessageRejected"), "Your text is still here"),
        (breaks_off, "it may arrive twice"),
    ],
    ids=["refused", "lost"],
)
def test_the_text_stays_where_it_was_not_sent(
    opened: Opens, ses: Ses, scripts: bool, answer: Callable[..., None], told: str
) -> None:
    ses.answers = [answer]
    browser = opened(scripts=scripts)
    write(browser, message="\nKeep <b>\n\nthis")
    browser.click("button")
    browser.until("document.getElementById('notice')?.textContent")
    assert told in browser.text("#notice")
    # What stands in a field as the browser itself counts it.
    assert browser.evaluate("document.getElementById('message').value") == "\nKeep <b>\n\nthis"
    assert browser.evaluate("document.getElementById('name').value") == "Ada"
    browser.evaluate("document.querySelector('[name=opened]').value = '0'")
    browser.click("button")
    browser.until("document.getElementById('sent')?.hidden === false")
    assert len(ses.asked) == 2


@pytest.mark.in_process
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_too_many_are_told_when_to_come_again(opened: Opens, ses: Ses, scripts: bool) -> None:
    for _ in range(5):
        browser = opened(scripts=scripts)
        write(browser)
        browser.click("button")
        browser.until("document.getElementById('sent')?.hidden === false")
    browser = opened(scripts=scripts)
    write(browser)
    browser.click("button")
    browser.until("document.getElementById('notice')?.textContent")
    assert "again in 60 minutes." in browser.text("#notice")
    assert len(ses.asked) == 5


@pytest.mark.in_process
def test_it_can_be_used_by_the_keyboard_alone(opened: Opens, ses: Ses) -> None:
    browser = opened()
    order = []
    for _ in range(4):
        press(browser, "Tab")
        order.append(
            browser.evaluate("document.activeElement.id || document.activeElement.tagName")
        )
    assert order == ["name", "email", "message", "BUTTON"], "past the trap"
    write(browser)
    press(browser, "Enter", text="\r")
    browser.until("document.getElementById('sent')?.hidden === false")
    assert len(ses.asked) == 1


def press(browser: Browser, key: str, **more: str) -> None:
    code = {"Tab": 9, "Enter": 13}[key]
    pressed = {"key": key, "code": key, "windowsVirtualKeyCode": code}
    browser.send("Input.dispatchKeyEvent", type="keyDown", **pressed, **more)
    browser.send("Input.dispatchKeyEvent", type="keyUp", **pressed)


@pytest.mark.in_process
def test_a_stage_stands_before_its_paths(form: Form, ses: Ses) -> None:
    """As API Gateway serves it, below /dev."""
    context = {"httpMethod": "POST", "resourcePath": "/contact", "path": "/dev/contact"}
    event = {
        "requestContext": context | {"requestId": "1", "identity": {"sourceIp": "192.0.2.7"}},
        "headers": BROWSER | {"Content-Type": "application/x-www-form-urlencoded"},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": "name=Ada&email=ada%40example.org&message=x",
        "isBase64Encoded": False,
    }
    app = loaded()
    sent = app(event, None)
    assert (sent["statusCode"], sent["headers"]["Location"]) == (303, "/dev/contact?sent=1")
    refused = app(event | {"body": "name=Ada"}, None)
    assert '<form method="post" action="/dev/contact">' in refused["body"]
    assert json.loads(app(event | {"headers": {}, "body": "{"}, None)["body"])["status"] == 400


@pytest.mark.in_process
def test_answers_are_as_described(mailing: Form) -> None:
    session, base = mailing.target.session, mailing.target.base_url
    document = session.get(f"{base}/openapi.json", timeout=30).json()
    answers = [
        (mailing.json(), 200),
        (mailing.json(email="nobody"), 422),
        (session.post(mailing.url, data=b"{", timeout=30), 400),
        (session.post(mailing.url, data=b"{}", headers={"Content-Type": "a/b"}, timeout=30), 415),
        (mailing.posted(), 303),
        *((mailing.json(), status) for status in (200, 200, 200, 429)),
    ]
    for answer, status in answers:
        assert answer.status_code == status
        fits(document, "/contact", answer)
