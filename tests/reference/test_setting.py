"""REFERENCE_PAGE, a clone without the files, and a stage before every path."""

import re
from pathlib import Path

import pytest

from chalicelib import reference
from tests.contract.client import assert_problem
from tests.targets import Configure, Target
from tests.test_pages import BROWSER, answer

pytestmark = pytest.mark.in_process


def test_a_stage_may_do_without_it(target: Target, files: str, configure: Configure) -> None:
    configure(REFERENCE_PAGE="off")
    for path in ("/docs", f"{files}/swagger-ui.css"):
        assert_problem(target.session.get(target.base_url + path), 404, "route_not_found")
    first = target.session.get(f"{target.base_url}/", headers=BROWSER)
    assert first.status_code == 200
    assert "/docs" not in first.text
    assert "docs" not in target.session.get(f"{target.base_url}/").json()["links"]


def test_the_first_page_links_to_it(target: Target) -> None:
    page = target.session.get(f"{target.base_url}/", headers=BROWSER).text
    assert '<a href="/docs">' in page
    assert target.session.get(f"{target.base_url}/").json()["links"]["docs"] == "/docs"


def test_another_word_is_told(target: Target, configure: Configure) -> None:
    configure(REFERENCE_PAGE="no")
    assert_problem(target.session.get(f"{target.base_url}/docs"), 503, "not_configured")


def test_a_clone_without_the_files_says_what_to_do(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "FILES", tmp_path / "built")
    page = target.session.get(f"{target.base_url}/docs")
    assert page.status_code == 200
    assert "<code>make assets</code>" in page.text
    assert "swagger-ui-bundle" not in page.text
    for path in ("/docs/", "/docs//LICENSE", "/docs/1/LICENSE"):
        told = target.session.get(target.base_url + path)
        assert told.status_code == (200 if path == "/docs/" else 404)


def test_a_stage_stands_before_its_paths(target: Target) -> None:
    page = answer(target, "/docs")["body"]
    assert 'data-root="/dev"' in page
    assert re.search(r'src="/dev/docs/[\w.-]+/swagger-ui-bundle.js"', page)
    assert re.search(r'href="/dev/docs/[\w.-]+/swagger-ui.css"', page)
