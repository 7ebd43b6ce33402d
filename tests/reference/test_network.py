"""What goes wrong between the page and the API: it is told, and what was typed stays."""

import json
import re
import time
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


def network(page: Page, *, offline: bool = False, latency: int = 0, throughput: int = -1) -> None:
    """Be away, or that slow: in ms, and in bytes a second."""
    page.browser.send(
        "Network.emulateNetworkConditions",
        offline=offline,
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


def test_offline_is_told_and_what_was_typed_stays(page: Page) -> None:
    page.open("create_ware")
    page.fill("body", BODY)
    network(page, offline=True)
    page.browser.click(f"{OPEN} .execute")
    page.browser.until(f"{ANSWERED}")
    assert "Failed to fetch" in page.browser.text(f"{OPEN} .live-responses-table tbody")
    network(page)
    assert page.browser.evaluate(f"document.querySelector('{OPEN} textarea').value") == BODY
    assert page.send().startswith("201")


def test_of_two_at_once_each_tells_its_own_time(page: Page) -> None:
    """The first is answered after the second, by an error: else Swagger UI counts by itself."""
    page.open("list_wares")
    page.browser.evaluate(
        "real = fetch; fetch = async (url, asked) => {"
        " if (!url.includes('/wares')) return real(url, asked);"
        " began = Date.now();"
        " await new Promise((go) => { release = go; });"
        " return new Response('{}', {status: 503}); }; 0"
    )
    page.browser.click(f"{OPEN} .execute")
    page.browser.until("globalThis.release")
    time.sleep(0.3)
    page.browser.click("[id$=-health] .opblock-summary-control")
    page.browser.click("[id$=-health] .execute")
    page.browser.until("document.querySelector('[id$=-health] .live-responses-table')")
    least = page.browser.evaluate("release(), Date.now() - began")
    page.browser.until("document.querySelector('[id$=-list_wares] .live-responses-table')")
    took = re.search(r"Request duration\s+(\d+) ms", page.browser.text("[id$=-list_wares]"))
    assert int(took[1] if took else 0) >= least


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


def test_a_long_wait_is_left_to_the_reader(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    page.open("list_wares")
    page.browser.evaluate(
        "asked = fetch; fetch = async () =>"
        " new Response('', {status: 503, headers: {'Retry-After': '21'}}); void start()"
    )
    page.browser.until("document.querySelector('#ui [role=alert] button')")
    assert page.browser.text("#ui [role=alert]") == "openapi.json could not be read. Try again"
    page.browser.evaluate("fetch = asked; 0")
    page.browser.click("#ui button")
    page.browser.until(RESOLVED)


def test_a_conflict_is_told_with_what_is_kept(page: Page, target: Target) -> None:
    """Of two windows one was first: the answer has what it wrote, and the ETag to go on with."""
    url, session = f"{target.base_url}/wares", target.session
    read = session.post(url, json=json.loads(BODY)).headers["ETag"]
    page.open("update_ware")
    for name, value in (("sku", "spoilt"), ("If-Match", read), ("body", '{"title": "Mine"}')):
        page.fill(name, value)
    with page.browser.beside():
        told = page.run("update_ware", sku="spoilt", If_Match=read, body='{"title": "Theirs"}')
    assert told.startswith("200")
    theirs = re.findall(r"etag: (\S+)", told)[0]
    told = page.send()
    assert told.startswith("412")
    assert '"code": "stale"' in told
    assert '"title": "Theirs"' in told
    assert f"etag: {theirs}" in told
    page.fill("If-Match", theirs)
    page.browser.click(f"{OPEN} .execute")
    page.browser.until(f"{ANSWERED}?.innerText.startsWith('200')")
    assert session.get(f"{url}/spoilt").json()["title"] == "Mine"
