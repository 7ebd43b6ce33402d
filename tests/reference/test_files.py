"""The page at /docs and its files, over HTTP on every target."""

import gzip
import json
import re
from collections.abc import Iterator

import pytest
import requests

from chalicelib import reference
from tests.contract.client import assert_problem
from tests.engines import ROOT
from tests.targets import Target

SCRIPT = "swagger-ui-bundle.js"
ANSWERS: list[requests.Response] = []  # of the test that runs
PACKAGE = ROOT / "node_modules/swagger-ui-dist"


def get(target: Target, path: str, method: str = "GET", **headers: str) -> requests.Response:
    """As curl asks: what goes into the URL is sent as it is, and nothing is unpacked."""
    # Without an Accept, API Gateway leaves bytes as the function gives them: in base64.
    named = {"Accept": "*/*"} | {name.replace("_", "-"): text for name, text in headers.items()}
    asked = requests.Request(method, "http://x", headers=named).prepare()
    asked.url = target.base_url + path
    answer = target.session.send(asked, stream=True)
    ANSWERS.append(answer)
    return answer


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close what was not read to its end: else its connection stays open."""
    yield
    while ANSWERS:
        ANSWERS.pop().close()


def test_the_page(target: Target) -> None:
    answer = get(target, "/docs")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    for kind, inline in (("style-src", 2), ("script-src", 3)):
        allowed = re.findall(rf"{kind} ([^;]+)", policy)[0].split()
        assert len(allowed) == inline + 1
        assert allowed[-1] == "'self'"


def test_it_loads_nothing_from_elsewhere(target: Target) -> None:
    page = get(target, "/docs").text
    named = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(named) > 5
    assert all(re.match(r"/(?!/)|data:,", found) for found in named)


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br, zstd", "*", "gzip;q=0.5"])
def test_a_file_goes_out_as_it_is_kept(target: Target, files: str, accepted: str) -> None:
    answer = get(target, f"{files}/{SCRIPT}", Accept_Encoding=accepted)
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.raw.read(decode_content=False)) == (PACKAGE / SCRIPT).read_bytes()


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "*;q=0"])
def test_or_unpacked(target: Target, files: str, accepted: str) -> None:
    answer = get(target, f"{files}/{SCRIPT}", Accept_Encoding=accepted)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
    assert answer.raw.read(decode_content=False) == (PACKAGE / SCRIPT).read_bytes()


@pytest.mark.each_counts
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (SCRIPT, "text/javascript; charset=utf-8"),
        ("swagger-ui.css", "text/css; charset=utf-8"),
        ("LICENSE", "text/plain; charset=utf-8"),
        ("NOTICE", "text/plain; charset=utf-8"),
        (f"{SCRIPT}.LICENSE.txt", "text/plain; charset=utf-8"),
    ],
)
def test_what_a_file_is_told_to_be(target: Target, files: str, name: str, kind: str) -> None:
    answer = get(target, f"{files}/{name}", Accept_Encoding="gzip")
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_the_version_is_that_of_the_package(files: str) -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["dependencies"]["swagger-ui-dist"]
    assert re.fullmatch(rf"/docs/{re.escape(pinned)}-[0-9a-f]{{8}}", files)


def test_head_and_304(target: Target, files: str) -> None:
    path, tags = f"{files}/{SCRIPT}", set()
    for accepted in ("gzip", "identity"):
        whole = get(target, path, Accept_Encoding=accepted)
        head = get(target, path, "HEAD", Accept_Encoding=accepted)
        assert (head.status_code, head.raw.read()) == (200, b"")
        assert head.headers["ETag"] == whole.headers["ETag"]
        tags.add(tag := whole.headers["ETag"])
        kept = get(target, path, Accept_Encoding=accepted, If_None_Match=f'"other", W/{tag}')
        assert (kept.status_code, kept.raw.read()) == (304, b"")
        assert kept.headers["ETag"] == tag
        assert kept.headers["Cache-Control"] == whole.headers["Cache-Control"]
    assert len(tags) == 2, "each encoding has its own"


@pytest.mark.parametrize(
    "name",
    [
        *("", "index.json", "swagger-ui.css.gz", "swagger-ui.js"),
        *("../built/swagger-ui.css", "..%2Fbuilt%2Fswagger-ui.css", "%2e%2e/built/swagger-ui.css"),
        *("../../../reference.py", "..%2f..%2f..%2freference.py", "/etc/passwd", "%2fetc%2fpasswd"),
        *("swagger-ui.css%00", "swagger-ui.css/", "swagger-ui.css/x", "%ff"),
    ],
)
def test_only_listed_files_are_served(target: Target, files: str, name: str) -> None:
    answer = get(target, f"{files}/{name}")
    assert answer.status_code == 404
    assert_problem(answer, 404, "route_not_found")


@pytest.mark.parametrize("path", ["/docs/x/swagger-ui.css", "/docs/swagger-ui.css", "/docs/x"])
def test_another_version_is_none(target: Target, path: str) -> None:
    assert_problem(get(target, path), 404, "route_not_found")


def test_other_methods(target: Target, files: str) -> None:
    for path in ("/docs", f"{files}/{SCRIPT}"):
        answer = get(target, path, "POST")
        assert_problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_the_module_names_what_the_package_has(files: str) -> None:
    """What the page loads is among the files that reference.json names."""
    named = json.loads(reference.PAGE.with_suffix(".json").read_text())["files"]
    for tag in (reference.STYLE, reference.SCRIPT):
        loaded = re.search(r'\{\}/([^"]+)"', tag)
        assert loaded
        assert loaded[1] in named
