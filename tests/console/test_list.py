"""Lists: scrolled, searched, sorted, and where something goes wrong on the way."""

import json

import pytest

from tests.console.conftest import Wares
from tests.console.window import Window
from tests.targets import Target

pytestmark = pytest.mark.in_process
ROWS = "[...document.querySelectorAll('main tbody tr:not(.bones)')]"
TITLES = f"{ROWS}.map((row) => row.querySelector('a').textContent)"


def test_an_empty_list_invites_to_create_the_first(window: Window) -> None:
    window.visit("/wares")
    assert "There are no wares yet." in window.text(".foot")
    window.click(".foot a.send")
    window.until("document.querySelector('#panel form.item')")
    assert window.evaluate("location.pathname + location.hash") == "/console/wares#new"


def test_the_first_list_is_what_is_shown_first(window: Window) -> None:
    window.visit("")
    first = window.evaluate("document.querySelector('#resources a').textContent")
    assert window.evaluate("document.title").startswith(f"{first} · ")


def test_a_row_shows_what_the_document_names(window: Window, wares: Wares) -> None:
    wares.add("one", title="Lamp <b>", price="0.10", note="bright")
    window.visit("/wares")
    assert window.evaluate(f"{ROWS}[0].innerText").split("\n")[:4] == [
        *("Lamp <b>", "0.1", "bright", "one")
    ]
    heads = window.evaluate(
        "[...document.querySelectorAll('main thead th')].map((head) => head.textContent)"
    )
    assert heads == ["Title", "Price", "Note", "Sku", "Created at", "Updated at"]


def test_order_stands_in_the_address_and_goes_back(window: Window, wares: Wares) -> None:
    for sku in "abc":
        wares.add(sku)
    window.visit("/wares?sort=-created_at")
    assert window.evaluate(TITLES) == ["Lamp c", "Lamp b", "Lamp a"]
    assert window.evaluate("document.querySelector('[aria-sort=descending]').innerText")
    window.evaluate("document.querySelector('.order select').value = 'created_at'")
    window.evaluate("document.querySelector('.order select').dispatchEvent(new Event('change'))")
    window.until(f"{TITLES}.join() === 'Lamp a,Lamp b,Lamp c'")
    assert window.evaluate("location.search") == "?sort=created_at"
    window.evaluate("history.back()")
    window.until(f"{TITLES}.join() === 'Lamp c,Lamp b,Lamp a'")


@pytest.mark.users
def test_search_by_email(window: Window, target: Target) -> None:
    for name in ("Ada", "Grace"):
        given = {"id": name.lower(), "name": name, "email": f"{name.lower()}@example.org"}
        target.session.post(f"{target.base_url}/users", json=given, timeout=30)
    window.visit("/users")
    searches = "[...document.querySelector('.search select').options].map((o) => o.value)"
    assert window.evaluate(searches) == ["email", "id"]
    assert window.evaluate("document.querySelector('.search select').value") == "email"
    window.fill(".search input", "GRACE@example.org")
    window.evaluate("document.querySelector('.search').requestSubmit()")
    window.until(f"{TITLES}.join() === 'Grace'")
    assert window.evaluate("new URLSearchParams(location.search).get('email')")
    window.fill(".search input", "nobody@example.org")
    window.evaluate("document.querySelector('.search').requestSubmit()")
    window.until("document.querySelector('.none')")
    assert "No user has this." in window.text(".foot")
    window.fill(".search input", "no address")
    window.evaluate("document.querySelector('.search').requestSubmit()")
    window.noticed("email. Must be an e-mail address.", "main")
    window.click("main .notice button")
    window.until(f"{TITLES}.length === 2")


def test_several_are_found_by_their_keys(window: Window, wares: Wares) -> None:
    for sku in "abc":
        wares.add(sku)
    window.visit("/wares")
    window.fill(".search input", "c, a")
    window.evaluate("document.querySelector('.search').requestSubmit()")
    window.until(f"{TITLES}.join() === 'Lamp c,Lamp a'")
    assert window.evaluate("location.search") == "?sku=c&sku=a"
    assert ["GET", "/wares?sku=c&sku=a", "200"] in window.calls()


def test_an_order_that_does_not_go_with_a_filter_is_told(window: Window, wares: Wares) -> None:
    wares.add("a")
    window.visit("/wares?sku=a&sort=created_at", "document.querySelector('main .notice p')")
    window.noticed("sort. Cannot be combined with sku.", "main")


NO_PAGES = [
    '{"items":5,"next_cursor":null}',
    '{"items":[null],"next_cursor":null}',
    '{"items":[]}',
    "null",
    "5",
    "<!doctype html>",
]


def answered(window: Window, body: str) -> None:
    """From now on each request gets this body."""
    window.evaluate(f"fetch = async () => new Response({json.dumps(body)}); undefined")


def test_an_answer_that_is_no_list_is_as_good_as_none(window: Window) -> None:
    window.visit("/wares")
    for body in NO_PAGES:
        answered(window, json.dumps({"items": [], "next_cursor": None}))
        window.press("r")
        window.until("document.querySelector('.none')")
        answered(window, body)
        window.press("r")
        window.noticed("No answer. What the API gave is no page of a list.", "main")
        assert window.text(".foot") == ""
    answered(window, json.dumps({"items": [], "next_cursor": None}))
    window.click("main .notice button")
    window.until("document.querySelector('.none')")


def test_a_list_that_leads_to_itself_ends(window: Window, wares: Wares) -> None:
    item = wares.add("one")
    window.visit("/wares")
    answered(window, json.dumps({"items": [item], "next_cursor": "same"}))
    window.press("r")
    window.noticed("No answer. What the API gave is no page of a list.", "main")
    assert window.evaluate(f"{ROWS}.length") == 1
    assert window.text(".foot") == "Read more"


def test_a_resource_that_is_none(window: Window) -> None:
    window.visit("/nothing", "document.querySelector('.foot a')")
    assert "There is nothing of this name." in window.text("main")
