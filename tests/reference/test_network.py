"""What goes wrong between the page and the API: it is told, and what was typed stays."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.reference.page import ANSWERED, OPEN, RESOLVED, Page
from tests.serving import spoil
from tests.targets import Target

pytestmark = pytest.mark.in_process
BODY = json.dumps({"sku": "spoilt", "title": "Lamp", "price": "1"})
UI = "document.getElementById('ui').innerText"


@pytest.fixture
def page(page: Page, target: Target) -> Iterator[Page]:
    yield page
    network(page)
    page.browser.send("Network.setBlockedURLs", urls=["https://*", "ws://*", "wss://*"])
    page.browser.send("Network.setCacheDisabled", cacheDisabled=False)
    target.session.delete(f"{target.base_url}/wares/spoilt")


def network(page: Page, *, latency: int = 0, throughput: int = -1) -> None:
    """Be that slow: in ms, and in bytes a second."""
    page.browser.send(
        "Network.emulateNetworkConditions",
        offline=False,
        latency=latency,
        downloadThroughput=throughput,
        uploadThroughput=throughput,
    )


def test_a_slow_network_shows_that_something_comes(page: Page) -> None:
    page.browser.send("Network.setCacheDisabled", cacheDisabled=True)
    network(page, latency=100, throughput=300_000)
    page.browser.open("about:blank")
    page.browser.send("Page.navigate", url=f"{page.url}/docs#create_ware")
    page.browser.until("document.querySelector('#ui [role=status]')?.innerText === 'Loading\u2026'")
    page.browser.until(RESOLVED)
    assert "Loading" not in page.browser.evaluate(UI)
    network(page, latency=600)
    page.fill("body", BODY)
    page.browser.click(f"{OPEN} .execute")
    page.browser.until(f"document.querySelector('{OPEN} .loading-container')")
    page.browser.until(f"{ANSWERED}?.innerText.startsWith('201')")
    assert page.said == []


def test_files_that_do_not_come_are_told(page: Page) -> None:
    page.browser.send("Network.setBlockedURLs", urls=["*swagger-ui-bundle.js"])
    page.browser.send("Network.setCacheDisabled", cacheDisabled=True)
    page.browser.open("about:blank")
    page.browser.open(f"{page.url}/docs#list_wares")
    assert page.browser.text("#ui [role=alert]") == "Swagger UI could not be loaded. Try again"
    page.browser.send("Network.setBlockedURLs", urls=["https://*"])
    page.browser.click("#ui button")
    page.browser.until(RESOLVED)


def test_a_document_that_does_not_come_is_told(page: Page) -> None:
    page.browser.send("Network.setBlockedURLs", urls=["*/openapi.json"])
    page.browser.open("about:blank")
    page.browser.open(f"{page.url}/docs#list_wares")
    page.browser.until("document.querySelector('#ui [role=alert]')")
    assert page.browser.text("#ui [role=alert]") == "openapi.json could not be read. Try again"
    page.browser.send("Network.setBlockedURLs", urls=["https://*"])
    page.browser.click("#ui button")
    page.browser.until(RESOLVED)


def test_a_slow_and_failing_api(
    page: Page, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with LATENCY and ERRORS: an answer says what it was, and a key makes one item only."""
    page.open("create_ware")
    page.fill("Idempotency-Key", "order-4712")
    page.fill("body", BODY)
    spoil(monkeypatch, LATENCY="200", ERRORS="100")
    refused = page.send()
    assert refused.startswith("503")
    assert "retry-after: 1" in refused
    assert '"code": "unavailable"' in refused
    took = re.search(r"Request duration\s+(\d+) ms", page.browser.text(OPEN))
    assert int(took[1] if took else 0) >= 200
    monkeypatch.undo()
    page.browser.click(f"{OPEN} .execute")
    page.browser.until(f"{ANSWERED}?.innerText.startsWith('201')")
    kept = target.session.get(f"{target.base_url}/wares/spoilt")
    assert kept.json()["title"] == "Lamp"
    assert page.said == []


def test_a_busy_api_is_asked_again(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    page.open("list_wares")
    spoil(monkeypatch, ERRORS="100")
    page.browser.evaluate("void start()")  # with the page's own files: these would be refused, too
    page.browser.until("document.querySelector('#ui [role=alert]')")
    assert page.browser.text("#ui [role=alert]").startswith("The API is busy")
    monkeypatch.undo()
    page.browser.until(RESOLVED)


def test_a_conflict_is_told_with_what_is_kept(page: Page, target: Target) -> None:
    """Somebody else was first: the answer has what they wrote, and the ETag to go on with."""
    url, session = f"{target.base_url}/wares", target.session
    read = session.post(url, json=json.loads(BODY)).headers["ETag"]
    theirs = session.patch(f"{url}/spoilt", json={"title": "Theirs"}).headers["ETag"]
    mine = {"sku": "spoilt", "body": '{"title": "Mine"}'}
    told = page.run("update_ware", If_Match=read, **mine)
    assert told.startswith("412")
    assert '"code": "stale"' in told
    assert '"title": "Theirs"' in told
    assert f"etag: {theirs}" in told
    page.fill("If-Match", theirs)
    page.browser.click(f"{OPEN} .execute")
    page.browser.until(f"{ANSWERED}?.innerText.startsWith('200')")
    assert session.get(f"{url}/spoilt").json()["title"] == "Mine"
