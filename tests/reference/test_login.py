"""The reference where a stage asks for tokens: the login is that of the first page."""

from pathlib import Path

import pytest

from tests.browser import Browser, needed
from tests.local_issuer.conftest import clock, folder, issuer  # noqa: F401  fixtures
from tests.reference.page import OPEN, RESOLVED, Page
from tests.serving import serving
from tests.targets import Configure, Target
from tests.test_pages import policy_of
from tools.issuer.issuer import Issuer

pytestmark = [pytest.mark.in_process, pytest.mark.browser]


def test_who_logs_in_here_comes_back_here(
    target: Target,
    issuer: Issuer,  # noqa: F811  the fixture
    configure: Configure,
    tmp_path: Path,
) -> None:
    needed()
    configure(AUTH=None, **issuer.settings)
    answer = target.session.get(f"{target.base_url}/docs")
    assert policy_of(answer)["connect-src"] == "'self'"  # the first page asks for the token
    with serving(target) as url, Browser(tmp_path / "chromium") as browser:
        page = Page(browser, url)
        assert page.run("list_wares").startswith("401")
        assert "This needs a token." in browser.text("#login")
        assert "Authorize" not in browser.text("#ui")
        browser.click("#login button.send")
        browser.fill("#subject", "ada")
        browser.click("button[value=yes]")
        browser.until("document.querySelector('#login')?.innerText.includes('Logged in as ada')")
        browser.until(RESOLVED)
        assert browser.evaluate("location.href") == f"{url}/docs#list_wares"
        assert page.send().startswith("200")
        assert "Bearer" in browser.text(f"{OPEN} .curl")
        browser.open(f"{url}/")
        browser.until("document.querySelector('#login')?.innerText.includes('Logged in as ada')")


def test_an_open_stage_takes_a_token_all_the_same(target: Target, tmp_path: Path) -> None:
    """For whatever stands before the API: it goes with the request."""
    needed()
    with serving(target) as url, Browser(tmp_path / "chromium") as browser:
        page = Page(browser, url)
        page.open("list_wares")
        assert browser.text("#login") == ""
        browser.click(".btn.authorize")
        browser.until("document.querySelector('.modal-ux input')")
        page.type(".modal-ux input", "pasted")
        browser.click(".modal-ux .btn.authorize")
        browser.click(".modal-ux .btn-done")
        page.send()
        assert "'Authorization: Bearer pasted'" in browser.text(f"{OPEN} .curl")
