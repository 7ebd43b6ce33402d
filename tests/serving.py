"""The in-process app behind a real port: for browsers and curl, in tests that need no engine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from chalice.local import LocalDevServer

from tests.engines import free_port
from tests.targets import Target
from tests.wire import InProcess


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
