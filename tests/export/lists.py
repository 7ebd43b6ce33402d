"""A server whose lists are lines: of any size, in answers of any size, and faulty on order."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.resources import Json

TYPE = "application/x-ndjson"
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class List:
    """`count` items in each segment, `size` in an answer. `fault` may answer a request instead."""

    count: int
    size: int
    blob: str = ""
    fault: Callable[[int, Json], Answer | None] = lambda _nth, _query: None
    asked: list[Json] = field(default_factory=list)
    url: str = ""
    link: str = '<{}>; rel="next"'

    def answer(self, query: Json) -> Answer:
        self.asked.append(query)
        if wrong := self.fault(len(self.asked), query):
            return wrong
        segment, start = query.get("segment", "0"), int(query.get("cursor", "0"))
        stop = min(start + self.size, self.count)
        lines = [self.line(segment, number) for number in range(start, stop)]
        more = f"/users?segment={segment}&cursor={stop}"
        headers = {"Link": self.link.format(more)} if stop < self.count else {}
        return 200, headers | {"Content-Type": TYPE}, "".join(lines).encode()

    def line(self, segment: str, number: int) -> str:
        return json.dumps({"id": f"{segment}-{number}", "blob": self.blob}) + "\n"


def problem(status: int, code: str, parameter: str = "", **headers: str) -> Answer:
    errors = [{"parameter": parameter, "detail": "Wrong."}] if parameter else []
    body = {"code": code, "instance": "urn:request:7", "errors": errors}
    kind = {"Content-Type": "application/problem+json"}
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, kind | told, json.dumps(body).encode()


@contextmanager
def serving(of: List) -> Iterator[List]:
    """The list at its `url`, while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # the library's name
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            sent = {"accept": self.headers["Accept"], "token": self.headers["Authorization"]}
            status, headers, body = of.answer(query | sent | {"path": parts.path})
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            if "Content-Length" in headers:
                self.close_connection = True  # another length than is sent: it was cut

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    of.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield of
    finally:
        server.shutdown()
        server.server_close()
