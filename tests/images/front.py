"""What stands before a function: HTTP in, an event to an environment, its answer as HTTP again.

    with Front(pool, rest_api) as front:
        requests.get(front.url + "/users")

`rest_api` is a REST API with the stage `api`, the resources / and /{proxy+} and */* for binary,
`function_url` a function URL. Both send what AWS documents, by tests/events.py.
"""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests import events
from tests.images.environment import Outcome

MOST = 6_291_456  # bytes of an event
STAGE = "api"
EVERY = re.compile(".*", re.DOTALL)
Invoke = Callable[[bytes], Outcome]
Event = Callable[[events.Request], dict[str, Any]]


def rest_api(request: events.Request) -> dict[str, Any]:
    """A LookupError where the path is not behind the stage."""
    prefix, path = request.path[: len(STAGE) + 1], request.path[len(STAGE) + 1 :]
    if prefix != f"/{STAGE}" or path[:1] not in ("", "/"):
        raise LookupError(request.path)
    behind = events.Request(request.method, path or "/", *_rest(request))
    return events.rest(behind, stage=STAGE, binary=EVERY)


def function_url(request: events.Request) -> dict[str, Any]:
    return events.url(request)


def _rest(request: events.Request) -> tuple[str, Any, bytes]:
    return request.query, request.headers, request.body


@contextmanager
def serving(invoke: Invoke, event: Event) -> Iterator[str]:
    """Serve; gives the base URL."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.invoke, server.event = invoke, event
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        path = f"/{STAGE}" if event is rest_api else ""
        yield f"http://127.0.0.1:{server.server_port}{path}"
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    invoke: Invoke
    event: Event


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *_: Any) -> None:
        pass

    def handle_one_request(self) -> None:
        """Any method at all, where BaseHTTPRequestHandler looks for a method of its own."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
        elif self.parse_request():
            self._send(self._answer())

    def _answer(self) -> events.Answer:
        # In `path`, http.server has joined the slashes before it.
        path, _, query = self.requestline.split()[1].partition("?")
        headers = list(self.headers.items())
        try:
            event = self.server.event(
                events.Request(self.command, path, query, headers, self._body())
            )
        except LookupError:
            return _own(403, "Forbidden")
        given = json.dumps(event).encode()
        if len(given) > MOST:
            return _own(413, "Request Entity Too Large")
        outcome = self.server.invoke(given)
        try:
            return _own(502, "Internal server error") if outcome.failed else _read(outcome)
        except ValueError:
            return _own(502, "Internal server error")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, answer: events.Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        bodiless = answer.status in (204, 304) or answer.status < 200
        if not bodiless:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(answer.body)


def _read(outcome: Outcome) -> events.Answer:
    """What the function gave, as HTTP. A ValueError where it is none."""
    sent = json.loads(outcome.payload)
    if not isinstance(sent, dict):
        raise ValueError(f"no answer: {sent!r:.80}")  # noqa: TRY004 - a wrong answer, not type
    return events.answer(sent)


def _own(status: int, message: str) -> events.Answer:
    """What API Gateway says itself."""
    body = json.dumps({"message": message}).encode()
    return events.Answer(status, [("Content-Type", "application/json")], body)
