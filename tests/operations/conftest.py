"""Tables on moto, for what needs neither concurrency nor another process."""

from collections.abc import Iterator

import botocore.session
import pytest

from tests import engines
from tests.operations.tables import Held
from tests.targets import fresh, in_process
from tools.backfill import checkpoint, run


@pytest.fixture(scope="module")
def made() -> Iterator[Held]:
    with fresh(), in_process():
        client = botocore.session.Session().create_client("dynamodb", region_name=engines.REGION)
        engines.create_tables(client)
        yield Held(client)


@pytest.fixture
def held(made: Held, monkeypatch: pytest.MonkeyPatch) -> Held:
    """Empty tables. One thread: moto loses updates under several."""
    monkeypatch.setattr(run, "AT_ONCE", 1)
    monkeypatch.setattr(checkpoint, "SEGMENTS", 2)
    made.clear()
    return made
