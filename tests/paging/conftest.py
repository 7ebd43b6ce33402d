"""The app on each engine, and tables that are filled past it."""

from collections.abc import Iterator

import pytest

from tests.engines import Engine
from tests.proxied import Proxied, behind


@pytest.fixture(scope="module")
def app(engine: Engine) -> Iterator[Proxied]:
    """Its tables are emptied before the module, and by each test or example that needs it."""
    with behind(engine) as started:
        started.clear()
        yield started
        started.clear()
