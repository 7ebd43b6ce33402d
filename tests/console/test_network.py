"""What goes wrong between a window and the API: nothing that was typed is lost, or done twice."""

import random

import pytest

from tests.console.conftest import Wares
from tests.console.window import Window
from tests.serving import spoil

pytestmark = pytest.mark.in_process
PATTERN = "*://*/wares*"


def test_offline_what_was_typed_stays(window: Window, wares: Wares) -> None:
    window.new("wares")
    window.write(title="Lamp", price="1")
    window.network(offline=True)
    window.until("!document.getElementById('offline').hidden")
    window.save()
    window.noticed("You are offline. What you typed is still here")
    assert window.calls()[-1] == ["POST", "/wares", "none"]
    assert window.evaluate("document.getElementById('item-title').value") == "Lamp"
    window.network()
    window.until("document.getElementById('offline').hidden")
    window.click("#panel .notice button")
    window.told("Created.")
    assert len(wares.all()) == 1


def test_a_list_that_broke_off_goes_on_where_it_was(window: Window, wares: Wares) -> None:
    for number in range(101):
        wares.add(f"{number:03}")
    window.visit("/wares")
    count = "document.querySelector('main .count').textContent"
    assert window.evaluate(count) == "100+"
    window.network(offline=True)
    window.evaluate("document.querySelector('.scroller').scrollTop = 1e9")
    window.noticed("You are offline.", "main")
    assert window.evaluate(count) == "100+"
    assert "Lamp" in window.text("main tbody")
    window.network()
    window.until(f"{count} === '101'")
    assert window.evaluate("document.querySelector('main .notice').hidden")


def test_an_answer_that_was_lost_creates_one_only(window: Window, wares: Wares) -> None:
    """The API gets it, and the browser no answer: sent again, it is what was made then."""
    window.new("wares")
    window.write(title="Lamp", price="1")
    lose(window)
    window.save()
    window.noticed("sending it again is safe")
    assert len(wares.all()) == 1
    window.click("#panel .notice button")
    window.told("Created, when it was sent before.")
    assert len(wares.all()) == 1


def test_an_answer_that_was_lost_is_no_conflict_with_oneself(window: Window, wares: Wares) -> None:
    wares.add("one")
    window.item("wares", "one")
    window.write(title="Mine")
    lose(window)
    window.save()
    window.noticed("sending it again is safe")
    assert wares.get("one")["title"] == "Mine"
    window.click("#panel .notice button")
    window.told("It had been saved already.")
    assert window.calls()[-1][2] == "412"


def lose(window: Window) -> None:
    """Let the next request arrive, and its answer be lost."""
    window.evaluate(
        "{ const whole = fetch; fetch = async (...given) => {"
        " fetch = whole; await whole(...given); throw new TypeError('lost'); }; }"
    )


def test_a_changed_form_after_a_lost_answer(window: Window, wares: Wares) -> None:
    window.new("wares")
    window.write(title="Lamp", price="1")
    lose(window)
    window.save()
    window.noticed("sending it again is safe")
    window.write(title="Another")
    window.save()
    window.noticed("This form has created one already")
    window.click("#panel .notice button")
    window.told("Created.")
    assert sorted(ware["title"] for ware in wares.all()) == ["Another", "Lamp"]


def wait(window: Window, wares: Wares, monkeypatch: pytest.MonkeyPatch) -> None:
    """Save one where every request fails, until it is said that it will be sent again."""
    wares.add("one")
    window.item("wares", "one")
    window.write(title="Patient")
    spoil(monkeypatch, ERRORS="100")
    window.save()
    window.noticed("It is sent again by itself.")


def test_a_busy_api_is_waited_for(
    window: Window, wares: Wares, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait(window, wares, monkeypatch)
    assert window.evaluate("document.querySelector('#panel .notice b').textContent") == "1 s"
    assert window.evaluate("document.querySelector('#panel fieldset').disabled")
    monkeypatch.undo()
    window.told("Saved.")
    assert [call[2] for call in window.calls() if call[0] == "PATCH"][-1] == "200"
    assert wares.get("one")["title"] == "Patient"


def test_waiting_can_be_ended(
    window: Window, wares: Wares, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait(window, wares, monkeypatch)
    window.evaluate("document.querySelectorAll('#panel .notice button')[1].click()")
    window.noticed("Unavailable.")
    assert not window.evaluate("document.querySelector('#panel fieldset').disabled")
    assert window.evaluate("document.getElementById('item-title').value") == "Patient"


def test_slow_and_failing(window: Window, wares: Wares, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with `make run LATENCY=200 ERRORS=20`: all is done in the end, and once."""
    window.visit("/wares")
    random.seed(7)
    spoil(monkeypatch, LATENCY="200", ERRORS="20")
    for number in range(3):
        window.evaluate(f"void go('{window.address}/console/wares#new')")
        window.until("document.querySelector('#panel form.item')")
        window.write(title=f"Lamp {number}", price="1")
        window.save()
        window.until("location.hash === ''")
    monkeypatch.undo()
    assert sorted(ware["title"] for ware in wares.all()) == ["Lamp 0", "Lamp 1", "Lamp 2"]
    assert all(int(ms) >= 200 for ms in took(window)[-3:])


def took(window: Window) -> list[str]:
    found: list[str] = window.evaluate(
        "[...document.querySelectorAll('#calls tbody .ms')].reverse()"
        ".map((cell) => cell.textContent.split(' ')[0])"
    )
    return found


def test_a_slow_network_shows_that_something_comes(window: Window, wares: Wares) -> None:
    wares.add("one")
    window.visit("/wares")
    window.network(latency=600)
    window.press("r")
    window.until("document.querySelector('.bones')")
    high = "document.querySelector('main tbody tr').getBoundingClientRect()"
    before = window.evaluate(f"[{high}.top, {high}.height]")
    assert "Reading" in window.text(".foot")
    window.until("document.querySelector('main tbody a')")
    assert window.evaluate(f"[{high}.top, {high}.height]") == before, "nothing jumps"
    assert not window.evaluate("document.querySelector('.bones')")


def test_each_call_is_in_the_log(window: Window, wares: Wares) -> None:
    wares.add("one")
    window.item("wares", "one")
    assert {tuple(call) for call in window.calls()} == {
        ("GET", "/openapi.json", "200"),
        ("GET", "/wares?limit=100", "200"),
        ("GET", "/wares/one", "200"),
    }
    window.click("#calls summary")
    ids = window.evaluate(
        "[...document.querySelectorAll('#calls tbody .id')].map((cell) => cell.textContent)"
    )
    assert len({*ids}) == 3
    assert all(len(one) == 36 for one in ids)
