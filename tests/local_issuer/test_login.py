"""The first page of a stage that asks for tokens: what it is told, and a login in a browser."""

import json
import re
from collections.abc import Iterator
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from chalicekit import issuer as kit_issuer
from chalicekit import login
from tests.browser import Browser, needed
from tests.engines import free_port
from tests.issuing import CONFIGURATION, Issuing
from tests.serving import serving
from tests.targets import Configure, Target
from tests.test_pages import BROWSER, policy_of
from tools.issuer import tokens
from tools.issuer.issuer import Issuer

pytestmark = pytest.mark.in_process


@pytest.fixture
def configure(configure: Configure) -> Configure:
    """As everywhere, of a stage that is not open."""
    return partial(configure, AUTH=None)


def page(target: Target, query: str = "") -> tuple[dict[str, Any], str]:
    """What the page is told of the login, and where it may connect to."""
    answer = target.session.get(f"{target.base_url}/{query}", headers=BROWSER)
    assert answer.status_code == 200
    found = re.search(r' data-login="([^"]*)"', answer.text)
    assert found
    return json.loads(unescape(found[1])), policy_of(answer)["connect-src"]


def test_the_page_is_told_where_to_log_in(
    target: Target, issuer: Issuer, configure: Configure
) -> None:
    configure(**issuer.settings)
    told, connect = page(target, "?code=its&state=its&session_state=its")
    assert {"openid", "wares:read", "wares:write"} <= {*told.pop("scope").split()}
    assert told == {
        "issuer": issuer.url,
        "authorization_endpoint": f"{issuer.url}/authorize",
        "token_endpoint": f"{issuer.url}/token",
        "client_id": "pages",
        "audience": "https://api.example.org",
        "resource": "https://api.example.org",
    }
    assert connect == f"'self' {issuer.url}"


def test_an_audience_that_is_no_address_is_no_resource(
    target: Target, issuer: Issuer, configure: Configure
) -> None:
    configure(**issuer.settings | {"AUTH_AUDIENCE": "books", "AUTH_SCOPE_PREFIX": "api/"})
    told, _ = page(target)
    assert told["audience"] == "books"
    assert "resource" not in told
    assert {"openid", "api/wares:read"} <= {*told["scope"].split()}


def test_without_a_client_the_page_takes_a_token(
    target: Target, issuer: Issuer, configure: Configure
) -> None:
    configure(**issuer.settings | {"AUTH_CLIENT_ID": ""})
    assert page(target) == ({"issuer": issuer.url}, "'self'")


def test_an_issuer_that_is_away_is_asked_again_later(
    target: Target, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"AUTH_AUDIENCE": "books", "AUTH_CLIENT_ID": "pages"}
    with Issuing() as issuing:
        endpoints = {name: f"{issuing.url}/{name}" for name in login.ENDPOINTS}
        whole = json.dumps({"issuer": issuing.url} | endpoints).encode()
        issuing.documents[CONFIGURATION] = whole
        issuing.end()
        configure(AUTH_ISSUER=issuing.url, **settings)
        away = {"issuer": issuing.url, "away": True}, "'self'"
        assert page(target) == away
        issuing.begin()
        assert page(target) == away, "not at once again"
        monkeypatch.setattr(kit_issuer, "FRESH", -1)  # what it says is old at once
        kit_issuer.reset()
        assert page(target)[1] == f"'self' {issuing.url}"
        issuing.end()
        assert page(target)[1] == f"'self' {issuing.url}", "as it said before"


@pytest.mark.parametrize(
    "endpoint",
    ["", "http://example.org/token", "https://example.org;script-src/", "https://a b/", "//x", 7],
)
def test_an_endpoint_that_is_not_safe_is_none(
    target: Target, configure: Configure, endpoint: object
) -> None:
    with Issuing() as issuing:
        said = {"issuer": issuing.url, "authorization_endpoint": issuing.url}
        issuing.documents[CONFIGURATION] = json.dumps(said | {"token_endpoint": endpoint}).encode()
        configure(AUTH_ISSUER=issuing.url, AUTH_AUDIENCE="books", AUTH_CLIENT_ID="pages")
        assert page(target) == ({"issuer": issuing.url, "away": True}, "'self'")


@pytest.fixture
def address(target: Target) -> Iterator[str]:
    needed()
    with serving(target) as url:
        yield url


@pytest.fixture
def browser(address: str, tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path / "profile") as browser:
        yield browser


def stored(browser: Browser) -> list[str]:
    """What the page keeps: the kinds of it, by name."""
    names: list[str] = browser.evaluate("Object.keys(sessionStorage)")
    return [name.split()[0] for name in names]


def log_in(browser: Browser, address: str, *without: str) -> None:
    browser.open(f"{address}/#create_ware")
    browser.click("#login button.send")
    browser.fill("#subject", "ada")
    for scope in without:
        browser.click(f'input[value="{scope}"]')
    browser.click("button[value=yes]")
    browser.until("document.querySelector('#login')?.innerText.includes('Logged in as ada')")
    browser.until("document.querySelector('textarea')?.value")


def send(browser: Browser, status: str) -> None:
    browser.click("main form button[type=submit]")
    browser.until(f"document.querySelector('.status b')?.innerText === '{status}'")


def test_a_login_in_a_browser(
    target: Target, issuer: Issuer, configure: Configure, address: str, browser: Browser
) -> None:
    configure(**issuer.settings)
    log_in(browser, address)
    assert browser.evaluate("location.href") == f"{address}/#create_ware", "and no code"
    assert stored(browser) == ["token"]
    assert browser.evaluate("localStorage.length") == 0

    sample = {"sku": "logged-in", "title": "Lamp", "price": "1"}
    browser.fill("textarea", json.dumps(sample))
    send(browser, "201 Created")
    token = browser.evaluate("Object.values(sessionStorage)[0]")
    got = target.session.get(
        f"{target.base_url}/wares/logged-in", headers={"Authorization": f"Bearer {token}"}
    )
    assert got.json()["title"] == "Lamp"
    assert '-H "Authorization: Bearer $TOKEN"' in browser.text(".curl pre")
    assert token not in browser.evaluate("document.documentElement.outerHTML")

    browser.evaluate("location.reload()")
    browser.until("document.querySelector('#login')?.innerText.includes('Logged in as ada')")
    browser.click("#login button:last-of-type")
    assert browser.text("#login") == "Log in"
    assert stored(browser) == []


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)], ids=["light", "dark"])
def test_axe_finds_nothing_serious_where_one_logs_in(
    issuer: Issuer,
    configure: Configure,
    address: str,
    browser: Browser,
    dark: bool,
    width: int,
) -> None:
    configure(**issuer.settings)
    browser.look(width, dark=dark)
    browser.open(f"{address}/#create_ware")
    browser.click("#login button.send")
    browser.until("document.querySelector('#subject')")
    assert browser.evaluate("document.documentElement.scrollWidth") == width
    found = {"form": browser.faults()}
    browser.open(f"{issuer.url}/authorize?client_id=nobody")
    found["refused"] = browser.faults()
    assert found == {"form": {}, "refused": {}}


def test_a_login_that_lacks_a_scope_expires_or_is_cancelled(
    issuer: Issuer, configure: Configure, address: str, browser: Browser
) -> None:
    configure(**issuer.settings)
    log_in(browser, address, "wares:write")
    send(browser, "403 Forbidden")
    assert "Logged in as ada" in browser.text("#login")

    old = tokens.access(
        issuer.url,
        subject="ada",
        scopes=["wares:write"],
        audience=issuer.audiences[0],
        client_id="pages",
        lifetime=-60,
    )
    browser.evaluate(f"sessionStorage.setItem(Object.keys(sessionStorage)[0], '{old}')")
    send(browser, "401 Unauthorized")
    assert browser.text("#login p") == "Your login has expired."
    assert stored(browser) == []

    browser.click(".answer button")
    browser.click("button[value=no]")
    browser.until("document.querySelector('#login p')?.innerText === 'You did not log in.'")
    assert browser.evaluate("location.href") == f"{address}/#create_ware"


def test_a_code_that_nobody_here_asked_for_is_not_exchanged(
    issuer: Issuer, configure: Configure, address: str, browser: Browser
) -> None:
    configure(**issuer.settings)
    browser.open(f"{address}/?code=foreign&state=foreign")
    browser.until("document.querySelector('#login p')?.innerText")
    assert browser.text("#login p") == "That login was not begun in this tab."
    assert browser.evaluate("location.href") == f"{address}/"
    assert stored(browser) == []


def test_a_token_may_be_pasted(
    issuer: Issuer, configure: Configure, address: str, browser: Browser
) -> None:
    configure(**issuer.settings | {"AUTH_CLIENT_ID": ""})
    browser.open(f"{address}/#list_wares")
    browser.until("document.querySelector('.curl pre')?.innerText")
    assert browser.text("#login p") == f"Paste one of {issuer.url}."
    send(browser, "401 Unauthorized")
    assert browser.text("#login p") == "This needs a token."
    browser.fill("#token", "no token")
    browser.click("#login form button")
    assert browser.text("#login p").startswith("That is no JSON Web Token")
    token = tokens.access(
        issuer.url,
        subject="grace",
        scopes=["wares:read"],
        audience=issuer.audiences[0],
        client_id="any",
    )
    browser.fill("#token", f"Bearer {token}")
    browser.click("#login form button")
    assert "Logged in as grace" in browser.text("#login")
    send(browser, "200 OK")


def test_a_page_without_its_issuer_says_so(
    configure: Configure, address: str, browser: Browser
) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    configure(AUTH_ISSUER=away, AUTH_AUDIENCE="books", AUTH_CLIENT_ID="pages")
    browser.open(f"{address}/")
    browser.until("document.querySelector('#token')")
    assert browser.text("#login p") == f"{away} does not answer just now."


def test_an_open_stage_shows_nothing_of_it(address: str, browser: Browser) -> None:
    browser.open(f"{address}/#create_ware")
    browser.until("document.querySelector('textarea')?.value")
    assert browser.text("#login") == ""
    assert "Authorization" not in browser.text(".curl pre")
