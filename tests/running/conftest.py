"""A clone for each test, whatever it leaves running ended after it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collected import under
from tests.running.clone import Clone

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if under(item, HERE):
            item.add_marker(pytest.mark.slow)
            if not Path("/proc/self/cwd").exists():
                item.add_marker(pytest.mark.skip(reason="finds processes in /proc"))


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clone]:
    # MAKE: what `make test` tells the makes below it.
    for name in [name for name in os.environ if name.startswith(("AWS_", "MAKE"))]:
        monkeypatch.delenv(name)
    clone = Clone(tmp_path)
    yield clone
    clone.close()
