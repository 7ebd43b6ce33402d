"""TanStack Query's endless list, bundled as people bundle it, in a browser on a live API."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.browser import Browser, needed
from tests.clients.conftest import FIRST, TYPESCRIPT, Api
from tests.files import files_of
from tools.clients import programs

pytestmark = [pytest.mark.users, pytest.mark.slow, FIRST]
NAMES = "[...document.querySelectorAll('li')].map((li) => li.textContent).join()"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    """The page's address: of another origin than the API's."""
    needed()
    programs.installed(TYPESCRIPT)
    programs.run(TYPESCRIPT, "esbuild", "page.tsx", "--bundle", "--minify", f"--outdir={tmp_path}")
    (tmp_path / "index.html").write_text((TYPESCRIPT / "index.html").read_text())
    with files_of(tmp_path) as port:
        yield f"http://localhost:{port}/"


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
