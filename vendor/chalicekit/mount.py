"""WSGI applications (PEP 3333) below a path of the API: a call becomes an environ, and back.

The first call of a mount imports this, and the application: neither is part of a cold start.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlencode

from chalice.app import Response

from . import log
from .answers import Headers
from .call import ANONYMOUS, Call
from .problems import Problem

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

# An event, or an answer, is at most 6 MiB, and base64 makes four bytes of three; 64 KiB are left
# for the rest of it, most of which are headers, twice.
MOST_BYTES = (6 * 1024 - 64) * 1024 // 4 * 3
TEXT_BYTES = 1_000_000  # six bytes of JSON for each, at the worst, and 6 MiB are enough
PORTS = {"http": "80", "https": "443"}
# CGI names the first two otherwise. The body has been read whole, and HTTP_PROXY is a trap.
NOT_HANDED_ON = {"content-type", "content-length", "transfer-encoding", "proxy"}
# The server frames what it sends (RFC 9110, section 7.6.1); an application must not (PEP 3333).
OF_THE_CONNECTION = {"Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

_lock = Lock()
_applications: dict[str, WSGIApplication] = {}


def answer(application: str | WSGIApplication, prefix: str, call: Call) -> Response:
    """What the application at this prefix answers. Raises Problem `body_too_large`,
    `answer_too_large`, and whatever it raises itself.
    """
    if len(call.body) > MOST_BYTES:
        raise Problem("body_too_large", f"At most {MOST_BYTES} bytes reach what is here.")
    serve = _loaded(application) if isinstance(application, str) else application
    gathered = _Gathered()
    parts = serve(environ(call, prefix), gathered.start)
    try:
        for part in parts:
            gathered.write(part)
    finally:
        if close := getattr(parts, "close", None):
            close()
    return gathered.response(call.method)


def environ(call: Call, prefix: str) -> WSGIEnvironment:
    """The environ of a call: what is before the rest of its path is the SCRIPT_NAME."""
    scheme = call.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip()
    scheme = scheme if scheme in PORTS else "http"
    name, _, port = call.headers.get("host", "").partition(":")  # of an address in IPv6, the start
    pairs = [(name, value) for name, values in call.query.items() for value in values]
    made: WSGIEnvironment = {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": _decoded(call.prefix + prefix),
        "PATH_INFO": _decoded(call.path.removeprefix(prefix)),
        "QUERY_STRING": urlencode(pairs, errors="surrogatepass"),
        "CONTENT_LENGTH": str(len(call.body)),
        "SERVER_NAME": name or "localhost",
        "SERVER_PORT": port if port.isdigit() else PORTS[scheme],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": call.source,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(call.body),
        "wsgi.errors": _Errors(call.request_id),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if "content-type" in call.headers:
        made["CONTENT_TYPE"] = _native(call.headers["content-type"])
    if call.caller != ANONYMOUS:
        made |= {"AUTH_TYPE": "Bearer", "REMOTE_USER": _native(call.caller)}
    for name, value in (dict(call.headers) | {"x-request-id": call.request_id}).items():
        # A name with "_" would pass for one with "-".
        if name not in NOT_HANDED_ON and "_" not in name:
            made[f"HTTP_{name.upper().replace('-', '_')}"] = _native(value)
    return made


class _Gathered:
    """What an application starts and gives; nothing of it is sent before it is whole."""

    def __init__(self) -> None:
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._body = bytearray()

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        """PEP 3333's start_response; an error page takes the place of all that came before it."""
        if self._status and exc_info is None:
            raise RuntimeError("start_response was called twice")
        self._status, self._headers = status, list(headers)
        self._body.clear()
        return self.write

    def write(self, part: bytes) -> None:
        self._body += part
        if len(self._body) > MOST_BYTES:
            raise Problem(
                "answer_too_large",
                f"It would be more than the {MOST_BYTES} bytes that can be sent at once.",
            )

    def response(self, method: str) -> Response:
        if not self._status:
            raise RuntimeError("start_response was not called")
        headers = _several(self._headers)
        if method != "HEAD":
            headers.pop("Content-Length", None)  # the server counts the bytes
        return Response(_sent(bytes(self._body)), headers, int(self._status[:3]))


class _Errors:
    """wsgi.errors: what the application writes there is written to the log."""

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id

    def write(self, text: str) -> None:
        if text.strip():
            log.error("application", request_id=self._request_id, text=text.strip())

    def writelines(self, lines: Iterable[str]) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        pass


def _loaded(name: str) -> WSGIApplication:
    """The application `package.module:name`, or what `package.module:name()` makes; once."""
    with _lock:  # two requests at once must not make two of it
        if name not in _applications:
            module, _, attribute = name.partition(":")
            found = getattr(import_module(module), attribute.removesuffix("()"))
            _applications[name] = found() if attribute.endswith("()") else found
        return _applications[name]


def _several(pairs: Iterable[tuple[str, str]]) -> Headers:
    """The headers by one spelling of each name; cookies alone cannot be joined."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if {"\r", "\n"} & {*name, *value}:
            raise ValueError("a header is one line")
        found.setdefault(name.title(), []).append(value)
    kept = {name: values for name, values in found.items() if name not in OF_THE_CONNECTION}
    return {n: values if n == "Set-Cookie" else ", ".join(values) for n, values in kept.items()}


def _sent(body: bytes) -> str | bytes:
    """Text where it is some, the same bytes either way: API Gateway hands base64 on as it is to
    clients that name no Accept.
    """
    try:
        return body.decode() if len(body) <= TEXT_BYTES else body
    except UnicodeDecodeError:
        return body


def _decoded(path: str) -> str:
    return unquote_to_bytes(path).decode("latin-1")


def _native(text: str) -> str:
    """A text as PEP 3333 has it: each character a byte."""
    try:
        return text.encode("latin-1").decode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("latin-1")
