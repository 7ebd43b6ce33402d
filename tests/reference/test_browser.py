"""The page in a browser that reaches nothing but the API."""

import json
from contextlib import AbstractContextManager

import pytest

from tests.browser import Browser
from tests.images import front
from tests.images.environment import Outcome
from tests.reference.page import OPEN, Page
from tests.targets import Target
from tests.wire import InProcess

pytestmark = pytest.mark.in_process

LOADED = "performance.getEntriesByType('resource').map((one) => one.name)"


def below_a_stage(target: Target) -> AbstractContextManager[str]:
    """Serve the app as a REST API of stage api does, below /api."""
    adapter = target.session.get_adapter(target.base_url)
    assert isinstance(adapter, InProcess)
    app = adapter._app

    def invoke(event: bytes) -> Outcome:
        return Outcome(json.dumps(app(json.loads(event), None)).encode(), failed=False)

    return front.serving(invoke, front.rest_api)


def sample(target: Target, sku: str) -> str:
    """Make a ware; gives its ETag."""
    made = target.session.post(
        f"{target.base_url}/wares", json={"sku": sku, "title": "Lamp", "price": "1"}
    )
    assert made.status_code == 201
    return made.headers["ETag"]


def test_it_works_below_a_stage(browser: Browser, target: Target) -> None:
    with below_a_stage(target) as url:
        assert url.endswith("/api")
        page = Page(browser, url)
        assert page.run("list_wares").startswith("200")
        assert f"'{url}/wares?" in browser.text(f"{OPEN} .curl")
        assert all(name.startswith(f"{url}/") for name in browser.evaluate(LOADED))
        assert page.said == []


def test_nothing_is_loaded_from_elsewhere_and_nothing_refused(page: Page) -> None:
    """Every operation open: all that Swagger UI draws has been drawn under the policy."""
    page.open("create_ware")
    page.browser.evaluate(
        "document.querySelectorAll('.opblock-summary-control[aria-expanded=false]')"
        ".forEach((one) => one.click())"
    )
    page.browser.until(
        "document.querySelectorAll('.opblock .responses-table').length"
        " === document.querySelectorAll('.opblock').length"
    )
    assert page.said == []
    loaded = page.browser.evaluate(LOADED)
    assert len(loaded) == 3, "a style, a script, the document"
    assert all(name.startswith(f"{page.url}/") for name in loaded)


def test_a_create_with_a_key_is_made_once(page: Page, target: Target) -> None:
    body = json.dumps({"sku": "keyed", "title": "Lamp", "price": "1"})
    page.open("create_ware")
    page.fill("Idempotency-Key", "order-4711")
    page.fill("body", body)
    first = page.send()
    assert first.startswith("201")
    assert "location: /wares/keyed" in first
    assert "idempotent-replayed" not in first
    again = page.run("create_ware", Idempotency_Key="order-4711", body=body)
    target.session.delete(f"{target.base_url}/wares/keyed")
    assert again.startswith("201")
    assert "idempotent-replayed: true" in again
    assert page.said == []


def test_if_match_is_sent(page: Page, target: Target) -> None:
    etag = sample(target, "matched")
    body = '{"title": "Torch"}'
    stale = page.run("update_ware", sku="matched", If_Match='"other"', body=body)
    assert stale.startswith("412")
    assert f"etag: {etag}" in stale
    done = page.run("update_ware", sku="matched", If_Match=etag, body=body)
    assert done.startswith("200")
    assert '"title": "Torch"' in done
    assert "-H 'If-Match: " in page.browser.text(f"{OPEN} .curl")
    kept = target.session.get(f"{target.base_url}/wares/matched").json()
    target.session.delete(f"{target.base_url}/wares/matched")
    assert (kept["title"], kept["etag"]) != ("Lamp", etag)
    assert page.said == []


def test_if_none_match_is_sent(page: Page, target: Target) -> None:
    etag = sample(target, "known")
    answer = page.run("get_ware", sku="known", If_None_Match=etag)
    target.session.delete(f"{target.base_url}/wares/known")
    assert answer.startswith("304")


def test_a_link_leads_to_an_operation_and_follows_it(page: Page) -> None:
    page.open("get_ware")
    assert page.browser.evaluate(f"document.querySelector('{OPEN}').id").endswith("-get_ware")
    assert page.browser.evaluate("document.documentElement.scrollHeight > 2 * innerHeight")
    top = f"document.querySelector('{OPEN}').getBoundingClientRect().top"
    page.browser.until(f"{top} >= 0 && {top} < 20")
    page.browser.click("[id$=-list_wares] .opblock-summary-control")
    page.browser.until("location.hash === '#list_wares'")


def test_descriptions_are_text(page: Page) -> None:
    page.open("create_ware")
    codes = f"[...document.querySelectorAll('{OPEN} .markdown li code')].map((c) => c.innerText)"
    page.browser.until(f"{codes}.includes('invalid_json')")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, dark: bool) -> None:
    page.browser.look(dark=dark)
    page.run("create_ware", body="{}")
    assert page.browser.faults() == {}


def test_it_fits_a_phone(page: Page) -> None:
    for wide in (390, 1280):
        page.browser.look(wide)
        page.run("create_ware", body="{}")
        assert page.browser.evaluate("document.documentElement.scrollWidth") <= wide
