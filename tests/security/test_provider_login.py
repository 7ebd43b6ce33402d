"""The first page logs in at a real OpenID Connect provider, in a browser."""

from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from tests.browser import Browser, needed
from tests.issuing import AUDIENCE
from tests.security.provider import provider
from tests.serving import serving
from tests.targets import Configure, Target

pytestmark = [pytest.mark.slow, pytest.mark.in_process, pytest.mark.users]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    needed()
    with Browser(tmp_path / "profile") as running:
        yield running


def test_a_login_with_a_real_provider(
    target: Target, configure: Configure, browser: Browser, tmp_path: Path
) -> None:
    with serving(target) as address, provider(tmp_path, f"{address}/") as real:
        configure(**real.settings | {"AUTH_CLIENT_ID": "pages"})
        browser.open(f"{address}/#list_users")
        browser.until("document.querySelector('#login button')?.innerText === 'Log in'")
        browser.click("#login button")
        browser.until("document.querySelector('input[name=login]')")
        browser.fill("input[name=login]", "ada")
        browser.fill("input[name=password]", "any")
        browser.click("button[type=submit]")
        browser.until("document.querySelector('button[autofocus]')?.innerText === 'Continue'")
        browser.click("button[autofocus]")
        browser.until("document.querySelector('#login')?.innerText.includes('Logged in as ada')")
        assert browser.evaluate("location.href") == f"{address}/#list_users"
        token = browser.evaluate("Object.values(sessionStorage)[0]")
        claims = jwt.decode(token, options={"verify_signature": False})
        assert (claims["iss"], claims["aud"], claims["sub"]) == (real.url, AUDIENCE, "ada")
        browser.click("main form button.send")
        browser.until("document.querySelector('.status b')?.innerText === '200 OK'")
