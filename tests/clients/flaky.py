"""A network on a bad day, before an API: it loses an answer, and it is busy now and then.

with Flaky(url) as flaky:
    ...  # call flaky.url
assert flaky.lost == 1
"""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Self

from tests.targets import direct_session

DROPPED = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
BUSY = b'{"code": "unavailable", "instance": "urn:request:0", "status": 503}'


class Flaky:
    """Gives what the API gives, but for each seventh request, and one answer that is lost.

    That is the one to the third POST with an Idempotency-Key, or the `nth` of another `method`.
    """

    def __init__(self, upstream: str, method: str = "POST", nth: int = 3) -> None:
        self.lost = self.busy = self.requests = 0
        self._method, self._left = method, nth
        self._upstream, self._lock = upstream, Lock()
        flaky = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self) -> None:
                flaky._answer(self)

            do_GET = do_POST = do_PATCH = do_DELETE = do  # noqa: N815  as http.server names them

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers["Content-Length"] or 0))
        repeatable = asked.command != "POST" or "Idempotency-Key" in asked.headers
        with self._lock:
            self.requests += 1
            busy = self.requests % 7 == 0 and repeatable
            self.busy += busy
            if busy:
                self._send(asked, 503, {"Retry-After": "1"}, BUSY)
                return
            headers = {k: v for k, v in asked.headers.items() if k.lower() != "host"}
            answer = direct_session().request(
                asked.command, self._upstream + asked.path, headers=headers, data=body, timeout=30
            )
            counts = repeatable and asked.command == self._method
            self._left -= counts
            if counts and self._left == 0:  # it was done
                self.lost += 1
                asked.close_connection = True
                asked.connection.shutdown(socket.SHUT_RDWR)
                return
        kept = {k: v for k, v in answer.headers.items() if k.lower() not in DROPPED}
        self._send(asked, answer.status_code, kept, answer.content)

    @staticmethod
    def _send(
        asked: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes
    ) -> None:
        asked.send_response(status)
        for name, value in headers.items():
            asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(body)))
        asked.end_headers()
        asked.wfile.write(body)
