"""The server of `chalice local`, made to answer as HTTP and API Gateway would.

Chalice's own drops the connection on a bad Content-Length, cannot read chunked bodies, sends a
body to HEAD, and waits 40 ms with each answer (Nagle). Nothing here runs on Lambda.
"""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPMessage
from typing import Any

from chalice import local
from chalice.app import Response

from . import api
from .call import Call
from .problems import Problem

MAX_BYTES = 10 * 1024 * 1024  # API Gateway's limit
IDLE_SECONDS = 60
NO_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


class Headers(dict[str, str]):
    """Headers with the last of repeated ones, as in an event, and all of them in `all`."""

    def __init__(self, message: HTTPMessage) -> None:
        super().__init__(message.items())
        self.all = {name.lower(): message.get_all(name, []) for name in message}


class Server(local.ThreadedHTTPServer):
    """Takes bursts of connections, and says nothing when a client goes away."""

    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        import sys

        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class RequestHandler(local.ChaliceRequestHandler):
    """One connection."""

    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet

    def _generic_handle(self) -> None:
        try:
            body = self._body()
        except Problem as problem:
            self.close_connection = True  # the rest of the body is unread
            self._send(self._refusal(problem))
            return
        self._send(self._answer(self.command, body))

    # http.server finds a method's handler by these names.
    do_GET = do_HEAD = do_POST = do_PUT = _generic_handle  # noqa: N815 - see above
    do_PATCH = do_DELETE = do_OPTIONS = _generic_handle  # noqa: N815 - see above

    def handle_expect_100(self) -> bool:
        """Refuse a body that is too large before it is sent."""
        try:
            self._length()
        except Problem as problem:
            self.close_connection = True
            self._send(self._refusal(problem))
            return False
        return bool(super().handle_expect_100())

    def send_error(self, code: int, *_: Any, **__: Any) -> None:
        """Answer what http.server refuses as a problem; it would send a page."""
        self.close_connection = True
        if code == HTTPStatus.NOT_IMPLEMENTED:
            allow = self._answer("OPTIONS", b"")["headers"].get("Allow", "")
            offered = {"Allow": allow}
            problem = Problem("method_not_allowed", f"Offered here: {allow}.", headers=offered)
        else:
            problem = Problem("bad_request", "This is not an HTTP request that can be read.")
        if not hasattr(self, "headers"):
            self.headers, self.command, self.path = HTTPMessage(), "", "/"
        self._send(self._refusal(problem))

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
        except local.LocalGatewayException as error:
            return Response(error.body, error.headers, error.CODE).to_dict([])
        return self._handle_binary(answer)

    def _refusal(self, problem: Problem) -> dict[str, Any]:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request_id = self.local_gateway._generate_lambda_context().aws_request_id  # noqa: SLF001 - Chalice has no other way to make one
        return api.refuse(problem, Call(request_id=request_id, headers=headers)).to_dict([])

    def _target(self) -> str:
        """The path and query, whichever form of target was sent (RFC 9112, section 3.2)."""
        if self.path.startswith("/"):
            return self.path
        _, scheme, rest = self.path.partition("://")
        return "/" + rest.partition("/")[2] if scheme else "/"

    def _length(self) -> int:
        lengths = set(self.headers.get_all("Content-Length", ["0"]))
        text = lengths.pop()
        if lengths or not (text.isascii() and text.isdigit()):
            raise Problem("bad_request", "Content-Length must be one whole number.")
        if len(text) > len(str(MAX_BYTES)) or int(text) > MAX_BYTES:
            raise Problem("body_too_large", f"At most {MAX_BYTES} bytes reach the API.")
        return int(text)

    def _body(self) -> bytes:
        coding = self.headers.get("Transfer-Encoding", "").strip().lower()
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
        if status not in NO_BODY:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and status not in NO_BODY:
            self.wfile.write(body)
        self.wfile.flush()


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
