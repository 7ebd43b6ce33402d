"""A browser's window on the admin: forms that React follows, and what is shown."""

import json
from collections.abc import Callable

from tests.browser import Browser

DESKTOP, PHONE = (1280, 800), (390, 844)
Opens = Callable[..., "Window"]  # what the fixture `opened` gives


class Window(Browser):
    def size(self, width: int, height: int) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )

    def go(self, address: str) -> None:
        """Open it anew: what is behind the # alone would not load anything."""
        self.open("about:blank")
        self.open(address)

    def shows(self, text: str, selector: str = "body") -> None:
        self.until(
            f"document.querySelector({json.dumps(selector)})?.innerText.includes({json.dumps(text)})"
        )

    def hides(self, text: str) -> None:
        self.until(f"!document.body.innerText.includes({json.dumps(text)})")

    def press(self, text: str, within: str = "body") -> None:
        """Click the button or link of that text or label."""
        all_ = f"[...document.querySelectorAll({json.dumps(f'{within} :is(button, a)')})]"
        called = "[each.innerText.trim(), each.ariaLabel].map((one) => one?.toLowerCase())"
        wanted = f"!each.disabled && {called}.includes({json.dumps(text.lower())})"
        button = f"{all_}.find((each) => {wanted})"
        self.until(button)
        self.evaluate(f"{button}.click()")

    def write(self, name: str, text: str) -> None:
        """Type into a field instead of what is there."""
        field = f"document.querySelector('input[name={json.dumps(name)}]')"
        self.until(field)
        self.evaluate(f"{field}.focus(); {field}.select()")
        self.send("Input.insertText", text=text)

    def written(self, name: str) -> str:
        return str(self.evaluate(f"document.querySelector('input[name={json.dumps(name)}]').value"))

    def wrong(self, name: str) -> str:
        """What stands at a field as its fault; "" where there is none."""
        field = f"document.querySelector('input[name={json.dumps(name)}][aria-invalid=true]')"
        helper = f"document.getElementById({field}?.getAttribute('aria-describedby'))"
        return str(self.evaluate(f"{helper}?.innerText.trim() ?? ''"))

    def lists(self, *names: str, cells: str = "td.column-name") -> None:
        """Return once the list shows these users, in this order, and no other."""
        shown = f"[...document.querySelectorAll({json.dumps(cells)})].map((each) => each.innerText)"
        wanted = json.dumps(names, ensure_ascii=False, separators=(",", ":"))
        self.until(f"JSON.stringify({shown}) === {json.dumps(wanted)}")
