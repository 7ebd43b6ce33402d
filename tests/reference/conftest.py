"""`files`: where the page loads its files from, which `make assets` must have made."""

import re

import pytest

import chalicelib.reference  # noqa: F401  so that this folder goes with it
from tests.targets import Target
from tools import assets


@pytest.fixture(scope="session", autouse=True)
def made() -> None:
    """What pages take from npm, where it was not made yet."""
    assert assets.tried() == []


@pytest.fixture
def files(target: Target) -> str:
    """The path below which Swagger UI's files are, as the page names it."""
    page = target.session.get(f"{target.base_url}/docs").text
    found = re.search(r'<script src="([^"]+)/swagger-ui-bundle.js"></script>', page)
    assert found
    return found[1].removeprefix(re.sub(r"https?://[^/]+", "", target.base_url))
