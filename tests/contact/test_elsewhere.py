"""The page as a file on another site, whose form goes to the API across origins."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser import Browser, needed
from tests.contact.client import Form
from tests.contact.ses import Ses
from tests.serving import serving
from tests.targets import Configure
from tools import contact_page

pytestmark = pytest.mark.in_process

SENT = "document.getElementById('sent')?.hidden === false"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """A site of plain files, as S3 serves one."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


Opens = Callable[[bool], tuple[Browser, str, str]]


@pytest.fixture
def ses(configure: Configure) -> Iterator[Ses]:
    with Ses() as running:
        configure(AWS_ENDPOINT_URL_SESV2=running.url)
        yield running


@pytest.fixture
def opened(form: Form, ses: Ses, tmp_path: Path) -> Iterator[Opens]:
    """Opens the file in a browser, scripts allowed or not; with the addresses of site and API."""
    needed()
    (folder := tmp_path / "site").mkdir()
    with (
        serving(form.target) as api,
        site(folder) as other,
        Browser(tmp_path / "profile") as browser,
    ):
        (folder / "contact.html").write_text(contact_page.page(api))

        def begin(scripts: bool) -> tuple[Browser, str, str]:
            browser.send("Emulation.setScriptExecutionDisabled", value=not scripts)
            browser.open(f"{other}/contact.html")
            for name, text in {"name": "Ada", "email": "ada@example.org", "message": "x"}.items():
                browser.fill(f"#{name}", text)
            browser.click("button")
            return browser, other, api

        yield begin


def test_with_javascript_the_visitor_stays_there(opened: Opens, ses: Ses) -> None:
    browser, other, _ = opened(True)
    browser.until(SENT)
    assert browser.evaluate("location.href") == f"{other}/contact.html"
    assert len(ses.asked) == 1


def test_without_it_the_apis_own_page_says_what_became_of_it(opened: Opens, ses: Ses) -> None:
    browser, _, api = opened(False)
    browser.until(SENT)
    assert browser.evaluate("location.href") == f"{api}/contact?sent=1"
    assert len(ses.asked) == 1


def test_an_origin_that_is_not_known_is_told_and_keeps_the_text(
    opened: Opens, ses: Ses, configure: Configure
) -> None:
    configure(ORIGINS="https://www.example.com")
    browser, _, _ = opened(True)
    browser.until("document.getElementById('notice')?.textContent")
    assert "There was no answer" in browser.text("#notice")
    assert browser.evaluate("document.getElementById('message').value") == "x"
    assert ses.asked == []


@pytest.mark.parametrize("url", ["https://api.example.com/api", "https://api.example.com"])
def test_it_may_call_that_api_and_nobody_else(url: str) -> None:
    page = contact_page.page(url)
    assert f'action="{url}/contact"' in page
    head = page.partition("</head>")[0]
    policy = head.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
    assert "connect-src https://api.example.com;" in policy
    assert "form-action https://api.example.com;" in policy
    assert "frame-ancestors" not in policy
    assert head.index("Content-Security-Policy") < head.index("<style>")
    assert 'name="opened" type="hidden" value=""' in page


@pytest.mark.parametrize("arguments", [[], ["x"], ["ftp://a"], ["https://a?x"], ["https://a", "b"]])
def test_without_an_address_it_is_one_line(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match=r"\AGive the address of the API: [^\n]+\Z"):
        contact_page.main(arguments)


def test_the_file_is_written_below_local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(contact_page, "ROOT", tmp_path)
    monkeypatch.setattr(contact_page, "FILE", tmp_path / ".local/contact.html")
    contact_page.main(["https://api.example.com/"])
    assert "ORIGINS" in capsys.readouterr().out
    text = (tmp_path / ".local/contact.html").read_text()
    assert text == contact_page.page("https://api.example.com")
