"""For everybody: by keys alone, for screen readers, on phones, in the dark."""

import pytest

from tests.console.conftest import Wares
from tests.console.window import FORM, Window

pytestmark = pytest.mark.in_process
CTRL = 2


def active(window: Window) -> str:
    found: str = window.evaluate("document.activeElement.id || document.activeElement.textContent")
    return found


def test_all_is_done_by_keys(window: Window, wares: Wares) -> None:
    for sku in "abc":
        wares.add(sku)
    window.visit("/wares?sort=created_at")
    window.press("j")
    assert active(window) == "Lamp a"
    window.press("ArrowDown")
    window.press("j")
    assert active(window) == "Lamp c"
    window.press("k")
    window.press("Enter")
    window.until(FORM)
    assert active(window) == "Lamp b"
    assert window.evaluate("document.activeElement.tagName") == "H2"
    for place in ("Close", "item-title"):
        window.press("Tab")
        name = "document.activeElement.ariaLabel || document.activeElement.id"
        assert window.evaluate(name) == place
    window.evaluate("document.activeElement.select()")
    window.type("By keys")
    window.press("Enter", CTRL)
    window.told("Saved.")
    assert wares.get("b")["title"] == "By keys"
    window.press("Escape")
    window.until("document.getElementById('panel').hidden")
    assert active(window) == "By keys", "back at its row"
    window.press("n")
    window.until("location.hash === '#new'")
    assert active(window) == "item-sku"
    window.press("Escape")
    window.until("location.hash === ''")
    window.press("/")
    assert window.evaluate("document.activeElement.name") == "wanted"
    window.type("a")
    window.press("Enter")
    window.until("location.search === '?sku=a'")
    window.idle()
    assert window.evaluate("document.activeElement.name") == "wanted", "it stays there"


def test_single_letters_can_be_turned_off(window: Window) -> None:
    window.visit("/wares")
    window.press("?")
    window.until("document.getElementById('keys').open")
    assert "Search" in window.text("#keys")
    window.click("#single")
    window.press("Escape")
    window.press("n")
    assert window.evaluate("location.hash") == ""
    window.press("?")
    assert not window.evaluate("document.getElementById('keys').open")


def test_a_focus_that_scrolls_away_is_found_again(window: Window, wares: Wares) -> None:
    for number in range(60):
        wares.add(f"{number:03}")
    window.visit("/wares?sort=created_at")
    window.press("j")
    window.press("ArrowDown")
    window.evaluate("document.querySelector('.scroller').scrollTop = 1e9")
    window.until("document.activeElement === document.querySelector('.scroller')")
    window.press("ArrowDown")
    assert active(window) == "Lamp 002"
    window.press("End")
    assert active(window) == "Lamp 059"
    rows = "document.querySelectorAll('main tbody a[tabindex=\"0\"]').length"
    assert window.evaluate(rows) == 1


def test_what_screen_readers_are_told(window: Window, wares: Wares) -> None:
    wares.add("one")
    window.visit("/wares")
    window.until("document.getElementById('said').textContent === '1 wares, which is all.'")
    tree = window.send("Accessibility.getFullAXTree")["nodes"]
    roles = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree]
    assert {
        ("table", "wares"),
        ("columnheader", "Title"),
        ("row", ""),
        ("main", ""),
        ("search", "Search wares"),
        ("link", "Lamp one"),
    } <= {*roles}


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)], ids=["light", "dark"])
def test_axe_finds_nothing_serious(window: Window, wares: Wares, dark: bool, width: int) -> None:
    wares.add("one", note="bright")
    window.look(width, dark=dark)
    window.visit("/wares")
    found = {"list": window.faults()}
    window.press("l")
    window.item("wares", "one")
    found["form"] = window.faults()
    window.write(price="-")
    window.save()
    window.until("document.querySelector('[aria-invalid]')")
    found["errors"] = window.faults()
    wares.change("one", title="Theirs")
    window.write(title="Mine", price="2")
    window.save()
    window.until("document.querySelector('.conflict')")
    found["conflict"] = window.faults()
    window.evaluate("panel.form.discard()")
    found |= questions(window)
    window.visit("/wares?sku=nobody")
    found["none"] = window.faults()
    window.press("?")
    found["keys"] = window.faults()
    assert found == {state: {} for state in found}


def questions(window: Window) -> dict[str, dict[str, str]]:
    """What is found while the console asks something: before it deletes, and before it leaves."""
    window.item("wares", "one")
    window.click("#panel .danger")
    window.until("document.querySelector('dialog[open]')")
    found = {"delete": window.faults()}
    window.press("Escape")
    window.until("!document.querySelector('dialog[open]')")
    window.write(title="Unsaved")
    window.click("#panel .close")
    window.until("document.querySelector('dialog[open]')")
    found["leave"] = window.faults()
    window.click("dialog[open] .send")
    window.until("!document.querySelector('dialog[open]')")
    return found


def test_a_phone_shows_the_item_instead_of_the_list(window: Window, wares: Wares) -> None:
    wares.add("one", note="bright")
    window.look(390)
    window.visit("/wares")
    assert window.evaluate("document.documentElement.scrollWidth") == 390
    row = window.text("main tbody tr").split("\n")
    assert [text for text in row if text][:2] == ["Lamp one", "12.5"]
    window.click("main tbody tr a")
    window.until(FORM)
    assert window.evaluate("document.getElementById('main').inert")
    middle = "document.elementFromPoint(195, 400).closest('#panel, main').id"
    assert window.evaluate(middle) == "panel"
    assert window.evaluate("document.documentElement.scrollWidth") == 390
    window.click("#panel .close")
    window.until("document.getElementById('panel').hidden")
    assert not window.evaluate("document.getElementById('main').inert")
    assert active(window) == "Lamp one"
