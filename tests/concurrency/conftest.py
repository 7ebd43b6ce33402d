"""The app on each engine, called from many threads."""

from collections.abc import Iterator

import pytest

from tests.engines import Engine
from tests.proxied import Proxied, behind


@pytest.fixture(scope="module")
def started(engine: Engine) -> Iterator[Proxied]:
    with behind(engine) as app:
        yield app


@pytest.fixture
def app(started: Proxied) -> Proxied:
    """With empty tables."""
    started.proxy.reset()
    started.clear()
    return started
