"""An SES that answers as it is told, and keeps what it was asked, in this process.

with Ses() as ses:
    ses.answers = [refusal(400, "MessageRejected")]
"""

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Json = dict[str, Any]
Answer = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, body: bytes, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def refusal(status: int, code: str) -> Answer:
    """An error as SES words it; it names addresses, which must get nowhere."""
    body = json.dumps({"message": "Injected: ada@example.org, contact@example.com."}).encode()
    return says(status, body, x_amzn_ErrorType=code)


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    """The mail is taken, and nothing is said of it."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def hangs(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(0.6)
    breaks_off(handler)


SENT = says(200, b'{"MessageId": "0100"}')


@dataclass
class Ses:
    answers: list[Answer] = field(default_factory=list)
    """To the requests to come, each once; after them, all are taken."""
    asked: list[Json] = field(default_factory=list)

    def __enter__(self) -> Self:
        ses = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                ses.asked.append({"path": self.path} | body)
                (ses.answers.pop(0) if ses.answers else SENT)(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
