"""Forms: what is created, changed and deleted, and what is told where that is refused."""

import pytest

from tests.console.conftest import Wares
from tests.console.window import FORM, Window
from tests.targets import Target

pytestmark = pytest.mark.in_process
WRONG = "document.getElementById('item-{}-wrong').textContent"


def test_one_is_created(window: Window, wares: Wares) -> None:
    window.new("wares")
    assert "Create ware" in window.text("#panel .actions")
    window.write(title="Lamp", price="12.30", note="")
    window.save()
    window.told("Created.")
    (made,) = wares.all()
    assert (made["title"], made["price"], made["note"]) == ("Lamp", "12.3", None)
    window.until(f"location.pathname === '/console/wares/{made['sku']}'")
    assert window.evaluate("location.hash") == ""
    assert "Lamp" in window.text("main tbody tr")
    assert window.text("#panel h2") == "Lamp"
    assert made["etag"] in window.text(".facts")


def test_one_is_changed_and_nothing_else_is_sent(window: Window, wares: Wares) -> None:
    wares.add("one", note="bright")
    window.item("wares", "one")
    window.write(note="")
    window.send("Network.enable")
    window.save()
    window.told("Saved.")
    assert wares.get("one")["note"] is None
    assert wares.get("one")["price"] == "12.5"
    assert window.calls()[-1] == ["PATCH", "/wares/one", "200"]
    assert wares.get("one")["etag"] in window.text(".facts")
    window.save()
    window.noticed("Nothing has changed.")


def test_what_is_wrong_is_told_at_its_field(window: Window, wares: Wares) -> None:
    window.new("wares")
    window.write(title="x" * 101, price="-1")
    window.save()
    window.until(WRONG.format("price"))
    assert window.evaluate(WRONG.format("title"))
    assert window.evaluate("document.activeElement.id") == "item-title"
    assert window.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    window.noticed("please look at what is marked")
    window.write(title="Lamp")
    assert window.evaluate(WRONG.format("title")) == ""
    window.write(price="1")
    window.save()
    window.told("Created.")
    assert len(wares.all()) == 1


def test_what_is_missing_is_told_before_it_is_sent(window: Window, target: Target) -> None:
    """In the words of the API, had it been asked."""
    window.new("wares")
    window.save()
    window.until(WRONG.format("price"))
    assert window.evaluate("document.activeElement.id") == "item-title"
    assert not [call for call in window.calls() if call[0] == "POST"]
    refused = target.session.post(f"{target.base_url}/wares", json={}, timeout=30).json()
    told = {name: window.evaluate(WRONG.format(name)) for name in ("title", "price")}
    assert told == {error["pointer"][1:]: error["detail"] for error in refused["errors"]}


def test_a_key_that_is_taken(window: Window, wares: Wares) -> None:
    wares.add("one")
    window.new("wares")
    window.write(sku="one", title="Lamp", price="1")
    window.save()
    window.until(WRONG.format("sku"))
    window.noticed("Already taken: sku.")
    assert window.calls()[-1] == ["POST", "/wares", "409"]


@pytest.mark.users
def test_an_email_that_is_taken(window: Window, target: Target) -> None:
    given = {"id": "ada", "name": "Ada", "email": "ada@example.org"}
    target.session.post(f"{target.base_url}/users", json=given, timeout=30)
    window.new("users")
    window.write(name="Another", email="Ada@example.org")
    window.save()
    window.until(WRONG.format("email"))
    assert window.evaluate("document.activeElement.id") == "item-email"


def test_one_is_deleted_after_a_question(window: Window, wares: Wares) -> None:
    wares.add("one")
    wares.add("two")
    window.item("wares", "one")
    window.click("#panel .danger")
    assert "Delete Lamp one?" in window.text("dialog[open]")
    window.press("Escape")
    window.until("!document.querySelector('dialog[open]')")
    assert wares.get("one")["title"] == "Lamp one"
    window.click("#panel .danger")
    window.click("dialog[open] .danger")
    window.told("Deleted.")
    window.until("document.getElementById('panel').hidden")
    assert [ware["sku"] for ware in wares.all()] == ["two"]
    assert window.evaluate("location.pathname") == "/console/wares"
    assert "Lamp one" not in window.text("main")


def test_one_that_is_gone(window: Window, wares: Wares) -> None:
    wares.add("one")
    window.item("wares", "one")
    wares.drop("one")
    window.write(title="Still here")
    window.save()
    window.noticed("Somebody has deleted it meanwhile.")
    window.click("#panel .notice button")
    window.until("location.hash === '#new'")
    window.until("document.querySelector('#item-price')?.value === '12.5'")
    window.save()
    window.told("Created.")
    assert [ware["title"] for ware in wares.all()] == ["Still here"]
    window.visit("/wares/nobody", "document.querySelector('#panel .notice p')")
    window.noticed("There is no ware with this sku")


def test_what_was_typed_survives_a_reload(window: Window, wares: Wares) -> None:
    wares.add("one")
    window.item("wares", "one")
    window.write(title="Typed")
    assert "not saved" in window.evaluate(
        "getComputedStyle(document.querySelector('#panel h2'), '::after').content"
    )
    window.away()
    window.open(f"{window.address}/console/wares/one")
    window.noticed("What you typed before is back.")
    assert window.evaluate("document.getElementById('item-title').value") == "Typed"
    window.click("#panel .notice button")
    assert window.evaluate("document.getElementById('item-title').value") == "Lamp one"
    assert not window.evaluate("Object.keys(sessionStorage).some((name) => /^draft/.test(name))")


def test_leaving_with_something_unsaved_asks_first(window: Window, wares: Wares) -> None:
    wares.add("one")
    wares.add("two")
    window.visit("/wares")
    window.click("main tbody tr[data-key=one] a")
    window.until(FORM)
    window.idle()
    window.write(title="Typed")
    window.click("main tbody tr[data-key=two] a")
    window.click("dialog[open] button")
    window.until("!document.querySelector('dialog[open]')")
    assert window.evaluate("document.getElementById('item-title').value") == "Typed"
    window.evaluate("history.back()")
    window.until("document.querySelector('dialog[open]')")
    assert window.evaluate("location.pathname") == "/console/wares/one"
    window.click("dialog[open] .send")
    window.until("document.getElementById('panel').hidden")
    assert window.evaluate("location.pathname") == "/console/wares"
    assert wares.get("one")["title"] == "Lamp one"
    asks = "!dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    assert window.evaluate(asks) is False
    window.click("main tbody tr[data-key=one] a")
    window.until(FORM)
    window.write(title="Typed")
    assert window.evaluate(asks) is True
    window.evaluate("panel.form.discard()")
