"""An API for the example, the example built for it, and windows on it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import engines, targets
from tests.browser import needed
from tests.collected import under
from tests.react_admin import example
from tests.react_admin.users import Users
from tests.react_admin.window import DESKTOP, Opens, Window
from tools.clients import programs

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if under(item, HERE):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.users)
            item.add_marker(pytest.mark.timeout(600))  # npm fetches a hundred megabytes


@pytest.fixture(scope="session")
def packages() -> None:
    programs.installed(example.EXAMPLE)


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


@pytest.fixture(scope="session")
def admin(packages: None, api: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with example.built(api, tmp_path_factory.mktemp("dist")) as address:
        assert urlsplit(address).netloc != urlsplit(api).netloc
        yield address


@pytest.fixture
def users(api: str) -> Users:
    """None, at first."""
    users = Users(api)
    users.clear()
    return users


@pytest.fixture
def opened(admin: str, tmp_path: Path) -> Iterator[Opens]:
    """Opens a window at a page of the admin: `opened("users/create")`; each is another person's."""
    needed()
    windows: list[Window] = []

    def begin(page: str = "", size: tuple[int, int] = DESKTOP, at: str = admin) -> Window:
        windows.append(window := Window(tmp_path / f"profile-{len(windows)}"))
        window.__enter__()
        window.size(*size)
        window.go(f"{at}#/{page}")
        return window

    try:
        yield begin
    finally:
        for window in windows:
            window.__exit__()
