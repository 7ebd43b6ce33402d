"""A local issuer on a port of its own, with a key of its own."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests.engines import free_port
from tests.local_issuer.client import Client
from tools.issuer import store
from tools.issuer.codes import Codes
from tools.issuer.issuer import Issuer
from tools.issuer.server import Server


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it keeps its key: never that of this clone."""
    monkeypatch.setattr(store, "FOLDER", tmp_path / "issuer")
    return store.FOLDER


@pytest.fixture
def issuer(folder: Path, clock: Clock) -> Iterator[Issuer]:
    url = f"http://127.0.0.1:{free_port()}"
    made = Issuer(url, ("https://api.example.org", "second"), "pages", Codes(clock))
    with Server(made) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        server.shutdown()


@pytest.fixture
def client(issuer: Issuer) -> Client:
    return Client(issuer.url)
