"""`files`: where the page loads its files from, which `make assets` must have made.

`page`: the page in a browser that reaches nothing but the API.
"""

import re
from collections.abc import Iterator

import pytest

import chalicelib.reference  # noqa: F401  so that this folder goes with it
from tests.browser import Browser, needed
from tests.reference.page import Page
from tests.serving import serving
from tests.targets import Target
from tools import assets

# What the browser holds against the page, from its first script on.
WATCH = """
window.said = [];
addEventListener("securitypolicyviolation", (event) => said.push(event.violatedDirective));
addEventListener("error", (event) => said.push(event.message));
addEventListener("unhandledrejection", (event) => said.push(String(event.reason)));
console.error = (...told) => said.push(told.join(" "));
console.warn = console.error;
"""


@pytest.fixture(scope="session", autouse=True)
def made() -> None:
    """What pages take from npm, where it was not made yet."""
    assert assets.tried() == []


@pytest.fixture
def files(target: Target) -> str:
    """The path below which Swagger UI's files are, as the page names it."""
    page = target.session.get(f"{target.base_url}/docs").text
    found = re.search(r'<script src="([^"]+)/swagger-ui-bundle.js"></script>', page)
    assert found
    return found[1].removeprefix(re.sub(r"https?://[^/]+", "", target.base_url))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that is kept from all but plain HTTP: the API is at an address, without a name."""
    needed()
    with Browser(tmp_path_factory.mktemp("chromium")) as browser:
        browser.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        browser.send("Network.enable")
        browser.send("Network.setBlockedURLs", urls=["https://*", "ws://*", "wss://*"])
        yield browser


@pytest.fixture(scope="session")
def address(target: Target) -> Iterator[str]:
    with serving(target) as url:
        yield url


@pytest.fixture
def page(browser: Browser, address: str) -> Page:
    return Page(browser, address)
