"""The page itself: where it is served, and what it lets run."""

import re

import pytest

from tests.targets import Configure, Target
from tests.test_pages import BROWSER, Elements, answer, policy_of

DEPTHS = pytest.mark.parametrize(
    "path", ["", "/", "/users", "/users/ada", "/users/ada?sort=x&y", "/a/b/c", "/%2e%2e/users"]
)


@DEPTHS
def test_one_page_is_served_at_any_depth(target: Target, path: str) -> None:
    url = f"{target.base_url}/console{path}"
    got = target.session.get(url, headers=BROWSER, timeout=30)
    assert got.status_code == 200
    assert got.headers["Content-Type"] == "text/html; charset=utf-8"
    head = target.session.head(url, timeout=30)
    assert (head.status_code, head.content) == (200, b"")
    assert got.text == target.session.get(f"{target.base_url}/console", timeout=30).text


def test_it_is_only_read(target: Target) -> None:
    for path in ("/console", "/console/users/ada"):
        refused = target.session.post(target.base_url + path, json={}, timeout=30)
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_nothing_runs_but_what_is_in_it(target: Target) -> None:
    response = target.session.get(f"{target.base_url}/console/users", timeout=30)
    policy = policy_of(response)
    elements = Elements(response.text)
    assert (policy["default-src"], policy["connect-src"]) == ("'none'", "'self'")
    assert policy["require-trusted-types-for"] == "'script'"
    for tag, texts in elements.inline.items():
        assert policy[f"{tag}-src"].count("'sha256-") == len(texts) > 2
    assert not elements.values("style")
    assert not elements.values("src")
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b", response.text)
    assert "{{" not in re.sub(r"(?s)<(script|style)>.*?</\1>", "", response.text)


@pytest.mark.in_process
def test_a_stage_stands_before_its_paths(target: Target) -> None:
    page = answer(target, "/console", BROWSER)["body"]
    assert 'data-root="/dev"' in page
    assert 'href="/dev/"' in page


def test_the_first_page_leads_to_it(target: Target) -> None:
    page = target.session.get(f"{target.base_url}/", headers=BROWSER, timeout=30).text
    assert "<b>GET</b> <code>/console</code> <span>See, search, change and delete" in page
    paths = target.session.get(f"{target.base_url}/openapi.json", timeout=30).json()["paths"]
    assert [path for path in paths if path.startswith("/console")] == ["/console"]


@pytest.mark.configures
def test_it_is_there_without_a_token(target: Target, configure: Configure) -> None:
    configure(AUTH=None, AUTH_ISSUER="https://issuer.example.org", AUTH_AUDIENCE="books")
    page = target.session.get(f"{target.base_url}/console/users", timeout=30)
    assert page.status_code == 200
    assert "data-login=" in page.text
    without = {"Authorization": None}  # which a target may send with each request
    wares = target.session.get(f"{target.base_url}/wares", headers=without, timeout=30)
    assert wares.status_code == 401
