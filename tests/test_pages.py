"""The pages: what they let run, what they show without JavaScript, and where a stage puts them."""

import json
import re
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import requests

from chalicekit import pages
from chalicekit.problems import MEMBER_CODES, catalogue
from tests.browser import chromium, needed
from tests.engines import ROOT, free_port
from tests.resources import described
from tests.serving import serving
from tests.targets import Target, forget
from tests.wire import InProcess

pytestmark = [pytest.mark.in_process, pytest.mark.each_counts]
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
DOCUMENT = json.loads((ROOT / "docs/openapi.json").read_text())
SHOWN = {
    path: methods["get"]["tags"][0]
    for path, methods in DOCUMENT["paths"].items()
    if "text/html" in methods.get("get", {}).get("responses", {}).get("200", {}).get("content", ())
}
PAGES = pytest.mark.parametrize("path", SHOWN)
# Those of features that take files from npm (tools/assets.py), which this API serves.
LOADING = {path for path, name in SHOWN.items() if (ROOT / f"chalicelib/web/{name}.json").exists()}


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of each style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline: dict[str, list[str]] = {"style": [], "script": []}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and (tag := self.found[-1][0]) in self.inline and data.strip():
            self.inline[tag].append(data)

    def values(self, attribute: str) -> list[str]:
        return [str(attrs[attribute]) for _, attrs in self.found if attribute in attrs]


@PAGES
def test_only_what_is_in_the_page_may_run(target: Target, path: str) -> None:
    response = target.session.get(target.base_url + path, headers=BROWSER)
    elements = Elements(response.text)
    policy = policy_of(response)
    assert {policy["default-src"], policy["base-uri"], policy["frame-ancestors"]} == {"'none'"}
    assert policy["connect-src"] == "'self'"
    for tag, texts in elements.inline.items():
        own = " 'self'" if path in LOADING else ""
        digests = [b64encode(sha256(text.encode()).digest()).decode() for text in texts]
        allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
        assert policy[f"{tag}-src"] == (allowed or "'none'") + own
    assert not elements.values("style")
    assert not [name for _, attrs in elements.found for name in attrs if name.startswith("on")]


def policy_of(response: requests.Response) -> dict[str, str]:
    parts = response.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


@PAGES
def test_a_page_keeps_to_itself(target: Target, path: str) -> None:
    headers = target.session.get(target.base_url + path, headers=BROWSER).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=()"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in headers, "localhost has no https"


def test_a_deployed_page_is_for_https_alone(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "dev")
    forget()
    headers = target.session.get(f"{target.base_url}/", headers=BROWSER).headers
    monkeypatch.undo()
    forget()
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("accept", [BROWSER["Accept"], "application/json"])
@PAGES
def test_a_page_is_not_sent_twice(
    target: Target, path: str, accept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)  # which some pages have in them
    url, session = target.base_url + path, target.session
    first = session.get(url, headers={"Accept": accept})
    etag = first.headers["ETag"]
    assert re.fullmatch('"[0-9a-f]{32}"', etag)
    for method in ("GET", "HEAD"):
        headers = {"Accept": accept, "If-None-Match": f"W/{etag}"}
        again = session.request(method, url, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary", "Content-Security-Policy"):
            assert again.headers.get(name) == first.headers.get(name)
        assert "Content-Type" not in again.headers
    other = session.get(url, headers={"Accept": accept, "If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_a_page_and_its_links_are_two(target: Target) -> None:
    page = target.session.get(f"{target.base_url}/", headers=BROWSER).headers["ETag"]
    links = target.session.get(f"{target.base_url}/", headers={"If-None-Match": page})
    assert links.status_code == 200


def test_a_page_of_another_policy_is_another_one(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a 304, browsers do not take a policy: what they have kept would go on with the old one."""
    url = f"{target.base_url}/errors"
    before = target.session.get(url, headers=BROWSER)
    monkeypatch.setitem(pages.SECURITY, "Referrer-Policy", "origin")
    after = target.session.get(url, headers=BROWSER | {"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, after.text) == (200, before.text)


def test_an_open_stage_shows_no_login(target: Target) -> None:
    page = target.session.get(f"{target.base_url}/", headers=BROWSER).text
    (element,) = [attrs for _, attrs in Elements(page).found if attrs.get("id") == "login"]
    assert "hidden" in element
    assert "data-login" not in page


@PAGES
def test_nothing_is_fetched_from_elsewhere(target: Target, path: str) -> None:
    elements = Elements(target.session.get(target.base_url + path, headers=BROWSER).text)
    assert not elements.values("src") or path in LOADING
    assert all(re.match(r"/(?!/)", address) for address in elements.values("src"))
    assert all(re.match(r"[#?]|/(?!/)|data:", address) for address in elements.values("href"))


def test_every_route_is_listed_without_javascript(target: Target) -> None:
    page = target.session.get(f"{target.base_url}/", headers=BROWSER).text
    document = target.session.get(f"{target.base_url}/openapi.json").json()
    links = Elements(page).values("href")
    for path, methods in document["paths"].items():
        for operation in methods.values():
            content = operation["responses"].get("200", {}).get("content", {})
            is_page = [*content] == ["text/html"]  # it stands among the links
            assert (path if is_page else f"#{operation['operationId']}") in links
            assert f"<code>{path}</code>" in page


def test_links_are_what_a_get_answers(target: Target) -> None:
    links = target.session.get(f"{target.base_url}/").json()["links"]
    assert (
        links.items()
        >= {"wares": "/wares", "errors": "/errors", "openapi": "/openapi.json"}.items()
    )
    for path in links.values():
        assert target.session.get(target.base_url + path).status_code == 200


def test_pages_of_features_are_linked_to(target: Target) -> None:
    """Whatever a feature is called: the pages in the links are those that a browser is given."""
    links = target.session.get(f"{target.base_url}/").json()["links"].values()
    found = {
        path
        for path in links
        if path != "/errors"
        and "Content-Security-Policy" in target.session.get(target.base_url + path).headers
    }
    page = target.session.get(f"{target.base_url}/", headers=BROWSER).text
    assert {href for href in Elements(page).values("href") if href[0] == "/"} == found | {
        *("/openapi.json", "/errors")
    }


def test_settings_are_text_in_the_page(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_NAME", "<b>&")
    forget()
    page = target.session.get(f"{target.base_url}/", headers=BROWSER).text
    monkeypatch.undo()
    forget()
    assert "<title>&lt;b&gt;&amp;</title>" in page


def test_each_code_has_its_place_on_the_page(target: Target) -> None:
    page = target.session.get(f"{target.base_url}/errors", headers=BROWSER).text
    members = {name for r in described().values() for name in (r.key, r.unique) if name}
    codes = [*catalogue(sorted(members)), *MEMBER_CODES]
    shown = Elements(page).values("id")
    assert set(codes) <= set(shown)
    assert all(code.endswith("_taken") for code in set(shown) - set(codes))
    assert len(shown) == len(set(shown))


def test_codes_for_programs(target: Target) -> None:
    listed = target.session.get(f"{target.base_url}/errors").json()
    assert listed["codes"]["stale"]["status"] == 412
    assert listed["member_codes"] == MEMBER_CODES


def test_health_asks_dynamodb_only_when_told(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    for query, asked in (("", 0), ("?deep=1", 1), ("?deep=false", 0)):
        assert target.session.get(f"{target.base_url}/health{query}").json() == {"status": "ok"}
        line = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert line["dynamodb_requests"] == asked


def test_health_when_dynamodb_is_away(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    forget()
    try:
        assert target.session.get(f"{target.base_url}/health").status_code == 200
        deep = target.session.get(f"{target.base_url}/health?deep=1")
        assert (deep.status_code, deep.json()["code"]) == (503, "unavailable")
    finally:
        monkeypatch.undo()
        forget()


def test_a_stage_stands_before_every_path(target: Target) -> None:
    """As API Gateway serves it, below /dev."""
    page = answer(target, "/", BROWSER)["body"]
    assert 'data-root="/dev"' in page
    assert 'href="/dev/openapi.json"' in page
    assert json.loads(answer(target, "/")["body"])["links"]["wares"] == "/dev/wares"
    assert json.loads(answer(target, "/openapi.json")["body"])["servers"] == [{"url": "/dev"}]
    assert 'href="/dev/"' in answer(target, "/errors", BROWSER)["body"]


def answer(target: Target, path: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    adapter = target.session.get_adapter(target.base_url)
    assert isinstance(adapter, InProcess)
    context = {"httpMethod": "GET", "resourcePath": path, "path": f"/dev{path}", "requestId": "1"}
    event = {
        "requestContext": context,
        "headers": headers or {},
        "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    found: dict[str, Any] = adapter._app(event, None)
    return found


@pytest.fixture
def address(target: Target) -> Iterator[str]:
    """The API on a port, for a browser."""
    needed()
    with serving(target) as url:
        yield url


@pytest.mark.browser
def test_the_form_in_a_browser(target: Target, address: str, tmp_path: Path) -> None:
    """A link to an item shows the form, filled, and its answer: all of the script has run."""
    sample = {"sku": "browsed", "title": "Lamp <i>shade", "price": "1"}
    made = target.session.post(f"{target.base_url}/wares", json=sample)
    page = dom(f"{address}/#get_ware?sku=browsed", tmp_path)
    target.session.delete(f"{target.base_url}/wares/browsed")
    assert made.status_code == 201
    assert re.search(r'<a href="#get_ware" aria-current="page">', page)
    assert "<b>200 OK</b>" in page
    assert "Lamp &lt;i&gt;shade" in page
    assert made.headers["ETag"] in page
    assert f"curl -i '{address}/wares/browsed'" in page


@pytest.mark.browser
def test_the_page_opens_on_a_list_in_a_browser(
    target: Target, address: str, tmp_path: Path
) -> None:
    """Of items: the first that a GET answers, whatever other routes come before it."""
    paths = target.session.get(f"{target.base_url}/openapi.json").json()["paths"]
    first = next(
        methods["get"]["operationId"]
        for path, methods in paths.items()
        if "get" in methods and any(other.startswith(f"{path}/{{") for other in paths)
    )
    page = dom(f"{address}/", tmp_path)
    assert re.findall(r'<a href="#(\w+)" aria-current="page">', page) == [first]


@pytest.mark.browser
def test_the_form_for_a_body_in_a_browser(address: str, tmp_path: Path) -> None:
    page = dom(f"{address}/#update_ware", tmp_path)
    for label in ("sku", "If-Match", "If-None-Match", "Body"):
        assert f">{label}</label>" in page
    assert "application/merge-patch+json" in page
    assert "-X PATCH" in page


def dom(url: str, profile: Path) -> str:
    """The page as a browser has it once its scripts have run."""
    command = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += [f"--user-data-dir={profile}", "--virtual-time-budget=5000", "--dump-dom", url]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
