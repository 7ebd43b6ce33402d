"""`window`: the console in a browser, on tables without any item."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import needed
from tests.console.window import Window
from tests.serving import serving
from tests.targets import Target


class Wares:
    """Wares as another client sees them."""

    def __init__(self, target: Target) -> None:
        self._url = f"{target.base_url}/wares"
        self._send = target.session.request

    def add(self, sku: str, **members: str) -> dict[str, Any]:
        given = {"sku": sku, "title": f"Lamp {sku}", "price": "12.50"} | members
        made = self._send("POST", self._url, json=given, timeout=30)
        assert made.status_code == 201
        return self.get(sku)

    def get(self, sku: str) -> dict[str, Any]:
        found: dict[str, Any] = self._send("GET", f"{self._url}/{sku}", timeout=30).json()
        return found

    def change(self, sku: str, **members: Any) -> None:
        done = self._send("PATCH", f"{self._url}/{sku}", json=members, timeout=30)
        assert done.status_code == 200

    def drop(self, sku: str) -> None:
        assert self._send("DELETE", f"{self._url}/{sku}", timeout=30).status_code == 204

    def all(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._send("GET", self._url, timeout=30).json()["items"]
        return found


@pytest.fixture(scope="module")
def address(target: Target) -> Iterator[str]:
    needed()
    with serving(target) as url:
        yield url


@pytest.fixture(scope="module")
def one(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """For a whole module: a browser takes longer to start than a test to run."""
    with Window(tmp_path_factory.mktemp("one"), address) as window:
        yield window


@pytest.fixture(scope="module")
def other(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """The window of somebody else."""
    with Window(tmp_path_factory.mktemp("other"), address) as window:
        yield window


@pytest.fixture
def empty(target: Target) -> None:
    for resource in target.resources:
        target.clear(resource.table, resource.key)
    target.clear("claims", "pk")


@pytest.fixture
def wares(target: Target, empty: None) -> Wares:
    return Wares(target)


@pytest.fixture
def window(one: Window, empty: None) -> Iterator[Window]:
    one.look()
    yield one
    one.network()
