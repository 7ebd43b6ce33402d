"""A headless Chromium for tests of pages, driven by the DevTools protocol over a pipe.

with Browser(tmp_path) as browser:
    browser.open("http://127.0.0.1:8000/")
    browser.click("button")
    browser.until("document.title == 'done'")
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Self

import pytest

ROOT = Path(__file__).parent.parent
AXE = ROOT / "node_modules/axe-core/axe.min.js"
SERIOUS = {"serious", "critical"}
NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
SECONDS = 20.0
# It reads commands from descriptor 3 and answers on 4, each message ended by a zero byte.
START = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for number, end in zip((3, 4), ends):
    os.dup2(end, number)
os.execv(sys.argv[3], sys.argv[3:])
"""
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"),
)


def needed() -> None:
    """Skip the test where there is no browser; .ci/run installs one, so in CI it fails."""
    if not chromium():
        assert os.environ.get("CI") != "true", "CI has no browser, and so would test no page"
        pytest.skip("no Chromium: install chromium (Debian) or google-chrome (elsewhere; no snap)")


@cache
def chromium() -> str:
    """The first that starts; not a snap, which cannot write to the tests' folders. "": none."""
    for path in filter(None, map(shutil.which, NAMES)):
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        if done.returncode == 0 and "snap" not in done.stdout:
            return path
    return ""


# What is said of a script whose page was left before its value was sent.
GONE = ("Inspected target navigated or closed", "Cannot find context with specified id")


class Gone(Exception):
    """The page is another one now."""


class Browser:
    """One page of a browser that ends with the block."""

    def __init__(self, profile: Path) -> None:
        commands, self._out = os.pipe()
        self._in, answers = os.pipe()
        started = [sys.executable, "-c", START, str(commands), str(answers), chromium(), *OPTIONS]
        self._process = subprocess.Popen(
            [*started, f"--user-data-dir={profile}"],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._read = b""
        self._sent = 0
        self._session = ""

    def __enter__(self) -> Self:
        self._window()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._out)  # it ends where nobody speaks to it any more
        try:
            self._process.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """A second window, which is spoken to until the block ends, and closed then."""
        first, self._session = self._session, ""
        opened = self._window()
        try:
            yield
        finally:
            self._session = first
            self.send("Target.closeTarget", targetId=opened)

    def send(self, method: str, /, **params: Any) -> dict[str, Any]:
        """The result of a command of the protocol."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._sent:
                if answer.get("error", {}).get("message") in GONE:
                    raise Gone
                assert "result" in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, url: str) -> None:
        self.send("Page.navigate", url=url)
        self.until("document.readyState == 'complete'")

    def evaluate(self, script: str) -> Any:
        """The value of a script on the page, which may be a promise; None where it leads away."""
        try:
            found = self.send(
                "Runtime.evaluate",
                expression=script,
                returnByValue=True,
                awaitPromise=True,
                userGesture=True,
            )
        except Gone:
            return None
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, condition: str) -> None:
        """Return once this script is true; fail with the page's text where it does not get so."""
        deadline = time.monotonic() + SECONDS
        while not self.evaluate(f"!!({condition})"):
            assert time.monotonic() < deadline, f"{condition}\n{self.text()}"
            time.sleep(0.05)

    def text(self, selector: str = "body") -> str:
        """The text of an element, as it is shown; "" where there is none."""
        return str(
            self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")
        )

    def click(self, selector: str) -> None:
        """Click an element once it is there."""
        named = f"document.querySelector({json.dumps(selector)})"
        self.until(named)
        self.evaluate(f"{named}.click()")

    def fill(self, selector: str, value: str) -> None:
        """Type into a field, as far as a page can tell."""
        named = f"document.querySelector({json.dumps(selector)})"
        self.until(named)
        self.evaluate(
            f"{named}.value = {json.dumps(value)};"
            f"{named}.dispatchEvent(new Event('input', {{bubbles: true}}))"
        )

    def look(self, width: int = 1280, *, dark: bool = False) -> None:
        """Be that wide, a phone where that is narrow, and one who likes it light or dark."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=844,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])

    def faults(self) -> dict[str, str]:
        """What axe finds that is serious or worse: the rule, and the first element of it."""
        # Past the policy of a page, which lets no such script in.
        self.evaluate(AXE.read_text("utf-8") + ";0")
        found = self.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then(({violations}) =>"
            " violations.map(({id, impact, nodes}) => [id, impact, nodes[0].html]))"
        )
        return {rule: html for rule, impact, html in found if impact in SERIOUS}

    def _window(self) -> str:
        """Open one, and speak to it; gives its id."""
        opened = str(self.send("Target.createTarget", url="about:blank")["targetId"])
        attached = self.send("Target.attachToTarget", targetId=opened, flatten=True)
        self._session = attached["sessionId"]
        self.send("Page.enable")
        return opened

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            part = os.read(self._in, 1 << 16)
            assert part, "the browser has ended"
            self._read += part
        first, _, self._read = self._read.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        return message
