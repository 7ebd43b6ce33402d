"""The form at /charts/new: what it may run, and what it does in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, needed
from tests.serving import serving
from tests.targets import Target

pytestmark = pytest.mark.in_process
DRAWN = "document.querySelector('#preview').naturalWidth == 800"
FAULTS = "document.querySelectorAll('#faults li').length"


def test_only_what_is_in_the_page_may_run(target: Target) -> None:
    answer = target.session.get(f"{target.base_url}/charts/new")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert policy.count("'sha256-") == 3, "two styles and a script"


def test_each_control_has_a_label(target: Target) -> None:
    page = target.session.get(f"{target.base_url}/charts/new").text
    for name in ("example", "type", "title", "data", "x_title", "y_title", "colors", "format"):
        assert f'<label for="{name}">' in page
    assert "<noscript>" in page


@pytest.fixture(scope="module")
def browser(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The page, with its first example drawn."""
    needed()
    profile: Path = tmp_path_factory.mktemp("chromium")
    with serving(target) as url, Browser(profile) as browser:
        browser.open(f"{url}/charts/new")
        browser.until(DRAWN)
        yield browser


def test_it_fits_a_phone(browser: Browser) -> None:
    for wide in (390, 1280):
        size = {"width": wide, "height": 800, "deviceScaleFactor": 1, "mobile": wide < 500}
        browser.send("Emulation.setDeviceMetricsOverride", **size)
        assert browser.evaluate("document.documentElement.scrollWidth") <= wide


def test_the_preview_follows_and_says_what_is_wrong(browser: Browser) -> None:
    before = browser.evaluate("document.querySelector('#preview').src")
    browser.fill("#data", "Day, Left\n1, many\n2, 3")
    browser.until(f"{FAULTS} == 1")
    assert "/datasets/0/data/0: Must be a number" in browser.text("#faults")
    browser.fill("#data", "Day, <b>Left</b>\n1, 2\n2, 3")
    browser.until(f"{FAULTS} == 0 && document.querySelector('#preview').src != {before!r}")
    assert "%26lt%3Bb%26gt%3BLeft" in str(
        browser.evaluate("document.querySelector('#preview').src")
    )


@pytest.mark.parametrize("index", range(4))
def test_every_example_can_be_made(browser: Browser, index: int) -> None:
    browser.evaluate(
        f"document.querySelector('#example').selectedIndex = {index};"
        "document.querySelector('#example').dispatchEvent(new Event('change'))"
    )
    browser.click("#make")
    browser.until("document.querySelector('#made a')")
    assert browser.text("#made").startswith("Made: /charts/")
    assert not browser.evaluate(FAULTS)


def test_the_first_page_offers_an_example_that_can_be_drawn(browser: Browser) -> None:
    browser.evaluate("location.href = '/#create_chart'")
    browser.until("document.querySelector('#body')?.value")
    browser.click(".send")
    browser.until("document.querySelector('.status b')")
    assert browser.text(".status b").startswith("201")
    assert "Ideal" in str(browser.evaluate("document.querySelector('#body').value"))
