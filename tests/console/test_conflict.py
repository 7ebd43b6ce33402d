"""Two windows with the same item: nobody loses what they wrote without having seen it."""

import pytest

from tests.console.conftest import Wares
from tests.console.window import Window

pytestmark = pytest.mark.in_process
PICKED = (
    "Object.fromEntries([...document.querySelectorAll('.picks fieldset')].map((one) =>"
    " [one.dataset.name, one.querySelector(':checked')?.value ?? '']))"
)


def meet(window: Window, other: Window, wares: Wares) -> None:
    """Both open it; the other saves title and price first, and the window title and note."""
    wares.add("one", title="Lamp", price="1", note="old")
    for one in (window, other):
        one.item("wares", "one")
    other.write(title="Theirs", price="2")
    other.save()
    other.told("Saved.")
    window.write(title="Mine", note="new")
    window.save()
    window.until("document.querySelector('.conflict')")


def test_both_sides_stand_beside_each_other(window: Window, other: Window, wares: Wares) -> None:
    meet(window, other, wares)
    assert window.evaluate(PICKED) == {"title": "", "price": "theirs", "note": "mine"}
    title = window.text("[data-name=title]")
    assert [word for word in title.split("\n") if word] == [
        *("Title changed by both", "Yours", "Mine", "Theirs", "Theirs", "Before: Lamp")
    ]
    assert window.evaluate("document.activeElement.textContent") == "Changed meanwhile"
    boxes = window.evaluate(
        "[...document.querySelectorAll('[data-name=title] .side')]"
        ".map((side) => Math.round(side.getBoundingClientRect().top))"
    )
    assert boxes[0] == boxes[1]
    assert wares.get("one")["title"] == "Theirs"


def test_a_choice_is_made_for_each(window: Window, other: Window, wares: Wares) -> None:
    meet(window, other, wares)
    window.click(".conflict .send")
    window.noticed("Please choose for Title.")
    window.click("[data-name=title] [value=mine]")
    window.click(".conflict .send")
    window.told("Saved.")
    now = wares.get("one")
    assert (now["title"], now["price"], now["note"]) == ("Mine", "2", "new")
    assert window.text("#panel h2") == "Mine"
    assert not window.evaluate("document.querySelector('.conflict')")


def test_all_of_theirs_is_taken_without_a_call(window: Window, other: Window, wares: Wares) -> None:
    meet(window, other, wares)
    window.click(".conflict .all button:last-child")
    window.click(".conflict .send")
    window.told("Nothing of yours is left to save.")
    assert window.calls()[-1][2] == "412"
    assert window.evaluate("document.getElementById('item-title').value") == "Theirs"
    assert not window.evaluate("Object.keys(sessionStorage).some((name) => /^draft/.test(name))")


def test_a_third_one_is_a_conflict_again(window: Window, other: Window, wares: Wares) -> None:
    meet(window, other, wares)
    wares.change("one", title="Third")
    window.click(".conflict .all button:first-child")
    window.click(".conflict .send")
    window.until("document.querySelector('[data-name=title]')?.innerText.includes('Third')")
    assert wares.get("one")["title"] == "Third"
    window.click("[data-name=title] [value=mine]")
    window.click(".conflict .send")
    window.told("Saved.")
    now = wares.get("one")
    assert (now["title"], now["price"], now["note"]) == ("Mine", "1", "new")


def test_back_to_the_form_keeps_what_was_typed(window: Window, other: Window, wares: Wares) -> None:
    meet(window, other, wares)
    window.click(".conflict .actions button:last-child")
    assert window.evaluate("document.getElementById('item-title').value") == "Mine"
    window.save()
    window.until("document.querySelector('.conflict')")


def test_a_delete_of_what_was_changed_asks_again(
    window: Window, other: Window, wares: Wares
) -> None:
    wares.add("one", title="Lamp")
    window.item("wares", "one")
    wares.change("one", title="Theirs")
    window.click("#panel .danger")
    window.click("dialog[open] .danger")
    window.until("document.querySelector('dialog[open] p')?.innerText.includes('meanwhile')")
    assert "Title is now Theirs." in window.text("dialog[open]")
    assert wares.get("one")["title"] == "Theirs"
    window.click("dialog[open] .danger")
    window.told("Deleted.")
    assert wares.all() == []
