"""A local AWS for the tests that one needs."""

from collections.abc import Iterator

import pytest

from tests.cloud import Cloud, cloud


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud(tmp_path_factory.mktemp("aws")) as running:
        yield running
