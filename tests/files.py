"""Files served from an origin of their own, as a page elsewhere than the API is."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class Quiet(SimpleHTTPRequestHandler):
    """Answers with the files of a folder."""

    def log_message(self, *_: object) -> None:
        """Nothing: the test says what was wrong."""


@contextmanager
def files_of(folder: Path, handler: type[Quiet] = Quiet) -> Iterator[int]:
    """Serve a folder on 127.0.0.1; gives the port. Another handler may answer otherwise."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder))
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
