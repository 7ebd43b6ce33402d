"""The end of the local server: what runs is answered."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from chalicekit import devserver


class Slow(BaseHTTPRequestHandler):
    """Answers after 0.2 s, and keeps the connection open."""

    protocol_version = "HTTP/1.1"
    begun = threading.Event()

    def do_GET(self) -> None:
        self.begun.set()
        time.sleep(0.2)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[devserver.Server]:
    with devserver.Server(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server


def test_a_running_request_is_answered_and_an_idle_connection_not_waited_for(
    server: devserver.Server,
) -> None:
    idle = socket.create_connection(server.server_address[:2])
    busy = socket.create_connection(server.server_address[:2])
    with idle, busy:
        busy.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert Slow.begun.wait(5)
        begun = time.monotonic()
        server.shutdown()
        assert time.monotonic() - begun < devserver.FINISH_SECONDS / 2
        assert busy.recv(100).startswith(b"HTTP/1.1 204")
        assert idle.recv(100) == b""
