"""The in-process app behind a real port: for browsers and curl, in tests that need no engine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from chalice.local import LocalDevServer

from tests.engines import free_port
from tests.targets import Target, loaded
from tests.wire import InProcess
from tools.local import faults


@contextmanager
def serving(target: Target) -> Iterator[str]:
    """Serve the app of the moto target; gives the base URL."""
    adapter = target.session.get_adapter(target.base_url)
    assert isinstance(adapter, InProcess)
    port = free_port()
    server = LocalDevServer(adapter._app, adapter._config, "127.0.0.1", port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server.server_close()
        thread.join(timeout=10)


def spoil(monkeypatch: pytest.MonkeyPatch, **asked: str) -> None:
    """Be as slow and failing as `make run` is with these, until the test ends."""
    app = loaded()
    monkeypatch.setattr(app, "middleware_handlers", [*app.middleware_handlers])
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    assert faults.install(app)
