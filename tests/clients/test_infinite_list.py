"""TanStack Query's endless list, bundled as people bundle it, in a browser on a live API."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.browser import Browser, needed
from tests.clients.conftest import FIRST, TYPESCRIPT, Api
from tools.clients import programs

pytestmark = [pytest.mark.users, pytest.mark.slow, FIRST]
NAMES = "[...document.querySelectorAll('li')].map((li) => li.textContent).join()"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    """The page's address: of another origin than the API's."""
    needed()
    programs.installed(TYPESCRIPT)
    programs.run(TYPESCRIPT, "esbuild", "page.tsx", "--bundle", "--minify", f"--outdir={tmp_path}")
    (tmp_path / "index.html").write_text((TYPESCRIPT / "index.html").read_text())
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_three_pages(api: Api, page: str, tmp_path: Path) -> None:
    for number in range(5):
        body = {"name": f"User {number}", "email": f"user-{number}@example.org"}
        assert requests.post(f"{api.url}/users", json=body, timeout=30).status_code == 201
    with Browser(tmp_path / "profile") as browser:
        browser.open(f"{page}?api={api.url}&limit=2")
        browser.until(f"{NAMES} === 'User 4,User 3'")
        browser.click("button:enabled")
        browser.until(f"{NAMES} === 'User 4,User 3,User 2,User 1'")
        browser.click("button:enabled")
        browser.until(f"{NAMES} === 'User 4,User 3,User 2,User 1,User 0'")
        browser.until("document.querySelector('ul').ariaBusy === 'false'")
        assert browser.evaluate("document.querySelector('button')") is None


def test_no_api_is_said(page: str, tmp_path: Path) -> None:
    with Browser(tmp_path / "profile") as browser:
        browser.open(f"{page}?api=http://127.0.0.1:9")
        browser.until("document.querySelector('[role=alert]')")
        assert browser.text("[role=alert]") == "Failed to fetch"
