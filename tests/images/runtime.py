"""AWS Lambda's Runtime API, for one execution environment. Standard library only.

By AWS's "Using the Lambda runtime API": a runtime asks for the next event, which waits until there
is one, and answers it with a response or an error; an error of its start ends it.
"""

import json
import queue
import re
import socket
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MOST = 6_291_556  # bytes of a response; AWS's message names this number
PATH = re.compile(
    r"/2018-06-01/runtime/(?:invocation/)?(next|init/error|[\w-]+/(?:response|error))"
)


@dataclass
class Invocation:
    """An event on its way. `taken` is set when the runtime has it, `done` when all is over."""

    event: bytes
    seconds: float
    arn: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    payload: bytes = b""
    failed: bool = False
    taken: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def end(self, payload: bytes, *, failed: bool) -> None:
        self.payload, self.failed = payload, failed
        self.taken.set()
        self.done.set()

    def fail(self, kind: str, message: str) -> None:
        """End it with an error that Lambda itself makes."""
        text = {"errorType": kind, "errorMessage": f"RequestId: {self.id} Error: {message}"}
        self.end(json.dumps(text).encode(), failed=True)


class Runtime(ThreadingHTTPServer):
    """The server. `address` is what a runtime is given in AWS_LAMBDA_RUNTIME_API."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"127.0.0.1:{self.server_address[1]}"
        self.broken = b""  # what the runtime said when it could not start
        self.ready = threading.Event()  # it has asked for its first event, or could not start
        self._waiting: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._current: Invocation | None = None
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def give(self, invocation: Invocation) -> None:
        self._waiting.put(invocation)

    def close(self) -> None:
        """Let go of a runtime that waits, and of the port."""
        self._waiting.put(None)
        self.shutdown()
        self.server_close()

    def next(self) -> Invocation | None:
        self.ready.set()
        self._current = self._waiting.get()
        return self._current

    def answered(self, id: str) -> Invocation | None:
        """The invocation that is answered now, None where that is another one, or none."""
        current = self._current
        return current if current and current.id == id and not current.done.is_set() else None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A runtime that is killed while it waits is nothing to tell of."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Runtime

    def setup(self) -> None:
        super().setup()
        # Else each answer waits for an acknowledgement, 40 ms of it.
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self._asked() != "next":
            return self._send(404)
        invocation = self.server.next()
        if invocation is None:  # the environment is ended
            self.close_connection = True
            return None
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + invocation.seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{'0' * 24};Sampled=0",
        }
        invocation.taken.set()
        return self._send(200, invocation.event, headers)

    def do_POST(self) -> None:
        body, asked = self._body(), self._asked()
        if asked == "init/error":
            self.server.broken = body
            self.server.ready.set()
            return self._send(202, b'{"status": "OK"}')
        identity, _, what = asked.partition("/")
        invocation = self.server.answered(identity)
        if not invocation:
            return self._send(400, _error("InvalidRequestID", "Invalid request ID"))
        if what == "response" and len(body) > MOST:
            told = f"payload size exceeded maximum allowed payload size ({MOST} bytes)."
            invocation.fail("Function.ResponseSizeTooLarge", f"Response {told}")
            return self._send(413, _error("RequestEntityTooLarge", f"Exceeded: {told}"))
        self._send(202, b'{"status": "OK"}')
        return invocation.end(body, failed=what == "error")

    def _asked(self) -> str:
        found = PATH.fullmatch(self.path)
        return found[1] if found else ""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
