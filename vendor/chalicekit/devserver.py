"""The server of `chalice local`, made to answer as HTTP and API Gateway would.

Chalice's own drops the connection on a bad Content-Length, cannot read chunked bodies, sends a
body to HEAD, and waits 40 ms with each answer (Nagle). Nothing here runs on Lambda.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from email.errors import MissingHeaderBodySeparatorDefect
from http import HTTPStatus
from http.client import HTTPMessage
from socket import SHUT_RD, SHUT_WR
from typing import Any

from chalice import local

from . import log, middleware
from .call import Call
from .problems import Problem

MAX_BYTES = 10 * 1024 * 1024  # API Gateway's limit
IDLE_SECONDS = 60
LINGER_SECONDS = 1.0
FINISH_SECONDS = 1.0
LONGEST_LINE = 65537  # bytes, as http.server has it
UNPRINTABLE = re.compile(rb"[^\n\r -~]|\r(?!\n)")
NO_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


class Headers(dict[str, str]):
    """Headers with the last of repeated ones, as in an event, and all of them in `all`."""

    def __init__(self, message: HTTPMessage) -> None:
        super().__init__(message.items())
        self.all = {name.lower(): message.get_all(name, []) for name in message}


class Server(local.ThreadedHTTPServer):
    """Takes bursts of connections, and says nothing when a client goes away."""

    request_queue_size = 128

    def __init__(self, *args: Any, **more: Any) -> None:
        self._open = set[Any]()
        super().__init__(*args, **more)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self._open.discard(request)

    def shutdown(self) -> None:
        """Take no more connections; wait up to FINISH_SECONDS for the requests that are running."""
        super().shutdown()
        self.server_close()
        for request in self._open.copy():
            # An idle connection then ends at once; any other one behind its answer.
            with suppress(OSError):
                request.shutdown(SHUT_RD)
        deadline = time.monotonic() + FINISH_SECONDS
        while self._open and time.monotonic() < deadline:
            time.sleep(0.01)

    def handle_error(self, request: Any, client_address: Any) -> None:
        import sys

        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class RequestHandler(local.ChaliceRequestHandler):
    """One connection."""

    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet
    raw_requestline: bytes

    def parse_request(self) -> bool:
        """Read the head of a request; says whether there is one to answer."""
        if not self.raw_requestline.strip():  # an empty line before it (RFC 9112, section 2.2)
            self.raw_requestline = self.rfile.readline(LONGEST_LINE)
        # http.server would read it as Latin-1, and split it at whatever is white space there.
        self.raw_requestline = UNPRINTABLE.sub(_encoded, self.raw_requestline)
        try:
            return bool(super().parse_request())
        except TimeoutError:
            self._refuse(Problem("timeout", "The request did not arrive in time."))
            return False

    def _generic_handle(self) -> None:
        try:
            body = self._body()
        except TimeoutError:
            self._refuse(Problem("timeout", "The body did not arrive in time."))
        except Problem as problem:
            self._refuse(problem)
        else:
            self._send(self._answer(self.command, body))

    # http.server finds a method's handler by these names.
    do_GET = do_HEAD = do_POST = do_PUT = _generic_handle  # noqa: N815 - see above
    do_PATCH = do_DELETE = do_OPTIONS = _generic_handle  # noqa: N815 - see above

    def handle_expect_100(self) -> bool:
        """Refuse a body that is too large before it is sent."""
        try:
            self._length()
        except Problem as problem:
            self._refuse(problem)
            return False
        proceed = bool(super().handle_expect_100())
        self.wfile.flush()
        return proceed

    def send_error(self, code: int, *_: Any, **__: Any) -> None:
        """Answer what http.server refuses as a problem; it would send a page."""
        if code == HTTPStatus.NOT_IMPLEMENTED:
            # The app refuses a method that no view has by itself, and asks none.
            self._end(self._answer(self.command, b""))
        else:
            problem = Problem("bad_request", "This is not an HTTP request that can be read.")
            self._refuse(problem)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the app logs each request, without its query."""

    def version_string(self) -> str:
        return "local"

    def _answer(self, method: str, body: bytes) -> dict[str, Any]:
        headers = Headers(self.headers)
        try:
            answer: dict[str, Any] = self.local_gateway.handle_request(
                method=method, path=self._target(), headers=headers, body=body or None
            )
            return self._handle_binary(answer)
        except local.LocalGatewayException:
            return self._refusal(Problem("route_not_found", "Nothing is served at this path."))
        except Exception as error:  # noqa: BLE001 - the boundary: a connection is never dropped
            log.exception("unforeseen", error)
            return self._refusal(Problem("internal_error", middleware.OUR_FAULT))

    def _refuse(self, problem: Problem) -> None:
        """Answer a request that was not read whole, and close."""
        self.request_version = self.protocol_version  # unread, it would stand for HTTP/0.9
        if not hasattr(self, "headers"):
            self.headers, self.command, self.path = HTTPMessage(), "", "/"
        self._end(self._refusal(problem))

    def _end(self, answer: dict[str, Any]) -> None:
        """Send the answer to a request that was not read whole, and close."""
        self.close_connection = True
        self._send(answer)
        # Closed with data unread, the connection is reset, and the answer may be lost with it.
        self.connection.settimeout(LINGER_SECONDS)
        deadline = time.monotonic() + LINGER_SECONDS
        with suppress(OSError):
            self.connection.shutdown(SHUT_WR)
            while time.monotonic() < deadline and self.connection.recv(LONGEST_LINE):
                pass

    def _refusal(self, problem: Problem) -> dict[str, Any]:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request_id = self.local_gateway._generate_lambda_context().aws_request_id  # noqa: SLF001 - Chalice has no other way to make one
        return middleware.refuse(problem, Call(request_id=request_id, headers=headers)).to_dict([])

    def _target(self) -> str:
        """The path and query, whichever form of target was sent (RFC 9112, section 3.2)."""
        # Of `path`, http.server has joined the slashes at the beginning.
        sent: str = self.requestline.split()[1]
        if sent.startswith("/"):
            return sent
        _, scheme, rest = sent.partition("://")
        return "/" + rest.partition("/")[2].lstrip("/") if scheme else "/"

    def _length(self) -> int:
        lengths = set(self.headers.get_all("Content-Length", ["0"]))
        text = lengths.pop()
        if lengths or not (text.isascii() and text.isdigit()):
            raise Problem("bad_request", "Content-Length must be one whole number.")
        text = text.lstrip("0") or "0"
        if len(text) > len(str(MAX_BYTES)) or int(text) > MAX_BYTES:
            raise Problem("body_too_large", f"At most {MAX_BYTES} bytes reach the API.")
        return int(text)

    def _body(self) -> bytes:
        # Of the parser's defects, only this one: it also minds a multipart type without its parts.
        if any(isinstance(d, MissingHeaderBodySeparatorDefect) for d in self.headers.defects):
            raise Problem("bad_request", "A header line cannot be read.")
        coding = ", ".join(self.headers.get_all("Transfer-Encoding", [])).strip().lower()
        if not coding:
            return self._exactly(self._length())
        if coding != "chunked" or "Content-Length" in self.headers:
            raise Problem("bad_request", "Transfer-Encoding can only be chunked, alone.")
        body = bytearray()
        while size := self._chunk_size(MAX_BYTES - len(body)):
            body += self._exactly(size)
            self.rfile.readline(3)
        while self.rfile.readline(1024).strip():
            pass  # trailers
        return bytes(body)

    def _chunk_size(self, room: int) -> int:
        digits = self.rfile.readline(1024).partition(b";")[0].strip()
        if not digits or len(digits) > 8 or digits.strip(b"0123456789abcdefABCDEF"):
            raise Problem("bad_request", "The body is not chunked as RFC 9112 says.")
        size = int(digits, 16)
        if size > room:
            raise Problem("body_too_large", f"At most {MAX_BYTES} bytes reach the API.")
        return size

    def _exactly(self, size: int) -> bytes:
        data: bytes = self.rfile.read(size)
        if len(data) < size:
            raise Problem("bad_request", "The body ended before its length.")
        return data

    def _send(self, answer: dict[str, Any]) -> None:
        """Write an answer with the framing that its status and the method ask for."""
        status, body = answer["statusCode"], answer["body"] or b""
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in (answer["headers"] | answer["multiValueHeaders"]).items():
            for one in value if isinstance(value, list) else [value]:
                self.send_header(name, one)
        if self.command != "HEAD" and status not in NO_BODY:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and status not in NO_BODY:
            self.wfile.write(body)
        self.wfile.flush()


def _encoded(found: re.Match[bytes]) -> bytes:
    return b"%%%02X" % found[0][0]


def install() -> None:
    """Let `chalice local` in this process serve with this handler."""
    original = local.LocalDevServer.__init__
    convert = local.LambdaEventConverter.create_lambda_event

    def init(
        self: Any,
        app_object: Any,
        config: Any,
        host: str,
        port: int,
        handler_cls: Any = RequestHandler,
        server_cls: Any = Server,
    ) -> None:
        original(self, app_object, config, host, port, handler_cls, server_cls)

    def create(self: Any, method: str, path: str, headers: Any, body: Any = None) -> dict[str, Any]:
        event = convert(self, method, path, headers, body)
        if isinstance(headers, Headers):
            event["multiValueHeaders"] = headers.all
        return event

    local.LocalDevServer.__init__ = init  # type: ignore[method-assign]  # no other way in
    local.LambdaEventConverter.create_lambda_event = create  # type: ignore[method-assign]  # see above
