"""An API for the example, and the example's packages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import engines, targets
from tests.react_admin import example


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.users)
            item.add_marker(pytest.mark.timeout(600))  # npm fetches a hundred megabytes


@pytest.fixture(scope="session")
def packages() -> None:
    example.install()


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # An engine that has cursors and loses no update, as moto does.
    with engines.dynoxide(tmp_path_factory.mktemp("engine")) as engine:
        yield engine.url


@pytest.fixture(scope="session")
def api(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an open API, as `make run` serves it."""
    with targets.server(engine_url, tmp_path_factory.mktemp("api")) as url:
        yield url
