"""A window of the console: a browser that tests can type into, cut off, and look at."""

import json
from pathlib import Path
from typing import Any

from tests.browser import Browser

KEYS = {
    "Enter": ("Enter", 13, "\r"),
    "Escape": ("Escape", 27, ""),
    "Tab": ("Tab", 9, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""),
    "End": ("End", 35, ""),
    "Home": ("Home", 36, ""),
}
FORM = "document.querySelector('#panel form.item')"


class Window(Browser):
    """One window, at one API."""

    def __init__(self, profile: Path, address: str) -> None:
        super().__init__(profile)
        self.address = address

    def visit(self, path: str, until: str = "document.querySelector('tbody a, .none')") -> None:
        """Open an address of the console as if nothing had been typed before."""
        self.away()
        self.open(f"{self.address}/health")
        self.evaluate("sessionStorage.clear(); localStorage.clear()")
        self.open(f"{self.address}/console{path}")
        self.until(until)

    def away(self) -> None:
        """Leave as who logs in does: without being asked, and what is typed stays."""
        self.evaluate("typeof kept === 'undefined' || kept.set('login', '{}')")
        self.open("about:blank")

    def new(self, resource: str) -> None:
        self.visit(f"/{resource}#new", FORM)

    def item(self, resource: str, key: str) -> None:
        self.visit(f"/{resource}/{key}", FORM)
        self.idle()

    def idle(self) -> None:
        """Return once nothing is on its way any more."""
        self.until("!document.querySelector('[aria-busy]')")
        self.until("!document.querySelector('.foot')?.innerText.includes('Reading')")

    def write(self, **members: str) -> None:
        for name, text in members.items():
            self.fill(f"#item-{name}", text)

    def save(self) -> None:
        self.click("#panel form .send")

    def told(self, text: str) -> None:
        """Return once this is told for a moment, as it is after what went well."""
        self.until(f"document.getElementById('told').textContent === {json.dumps(text)}")

    def noticed(self, text: str, where: str = "#panel") -> None:
        self.until(
            f"document.querySelector('{where} .notice:not([hidden])')?.innerText"
            f".includes({json.dumps(text)})"
        )

    def calls(self) -> list[list[str]]:
        """Method, path and status of each call in the log, the first first."""
        script = (
            "[...document.querySelectorAll('#calls tbody tr')].reverse()"
            ".map((row) => [1, 2, 3].map((cell) => row.cells[cell].textContent))"
        )
        found: list[list[str]] = self.evaluate(script)
        return found

    def press(self, key: str, modifiers: int = 0) -> None:
        name, code, text = KEYS.get(key, (key, ord(key[0].upper()), key))
        pressed: dict[str, Any] = {
            "key": name,
            "code": name,
            "windowsVirtualKeyCode": code,
            "modifiers": modifiers,
        }
        if text and not modifiers:
            pressed["text"] = text
        self.send("Input.dispatchKeyEvent", type="keyDown", **pressed)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=name, code=name)

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def network(self, *, offline: bool = False, latency: int = 0) -> None:
        self.send("Network.enable")
        self.send(
            "Network.emulateNetworkConditions",
            offline=offline,
            latency=latency,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )
