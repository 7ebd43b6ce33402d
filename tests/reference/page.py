"""The reference in a browser: its operations opened, filled, and sent."""

import json
from typing import Any

from tests.browser import Browser

OPEN = ".opblock.is-open"
RESOLVED = f"""(() => {{
  const path = document.querySelector("{OPEN} .opblock-summary-path")?.dataset.path;
  const method = document.querySelector("{OPEN} .opblock-summary-method")?.innerText.toLowerCase();
  return path && ui.specSelectors.specResolvedSubtree(["paths", path, method]);
}})()"""
ANSWERED = f"document.querySelector('{OPEN} .live-responses-table tbody .response-col_status')"


class Page:
    """The reference, with an operation open."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url

    def open(self, operation: str) -> None:
        self.browser.open("about:blank")
        self.browser.open(f"{self.url}/docs#{operation}")
        self.browser.until(RESOLVED)  # what is sent before that is not found

    def fill(self, name: str, value: str) -> None:
        """Type into the field of a parameter, or as `body` into that of the body."""
        self.type(
            f"{OPEN} textarea" if name == "body" else f"[data-param-name='{name}'] input", value
        )

    def type(self, selector: str, value: str) -> None:
        """As `Browser.fill`, by the setter of the prototype: React has put its own before it.

        Leaving a field ends the pause in which Swagger UI waits for more.
        """
        named, text = f"document.querySelector({json.dumps(selector)})", json.dumps(value)
        self.browser.until(named)
        self.browser.evaluate(
            f"Object.getOwnPropertyDescriptor(Object.getPrototypeOf({named}), 'value')"
            f".set.call({named}, {text});"
            f"{named}.dispatchEvent(new Event('input', {{bubbles: true}}));"
            f"{named}.dispatchEvent(new FocusEvent('focusout', {{bubbles: true}}))"
        )
        self.browser.until(f"{named}.value === {text}")

    def send(self) -> str:
        """Press Execute; the answer as it is shown, its status first."""
        self.browser.click(f"{OPEN} .execute")
        self.browser.until(f"{ANSWERED}?.innerText.match(/^\\d/)")
        return self.browser.text(f"{OPEN} .live-responses-table tbody")

    def run(self, operation: str, **fields: str) -> str:
        self.open(operation)
        for name, value in fields.items():
            self.fill(name.replace("_", "-"), value)
        return self.send()

    @property
    def said(self) -> Any:
        return self.browser.evaluate("said")
