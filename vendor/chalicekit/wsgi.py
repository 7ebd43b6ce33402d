"""The API as a WSGI application (PEP 3333), for servers of HTTP that are not Lambda.

Each request becomes an event as of a function URL (payload 2.0), so it takes the same way through
the API as there. Nothing here runs on Lambda.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from . import log, middleware
from .call import Call
from .event import given_id
from .problems import Problem

if TYPE_CHECKING:
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

MAX_BYTES = 10 * 1024 * 1024  # API Gateway's limit; a JSON body is refused long before
PATH_CHARACTERS = "/!$&'()*+,;=:@~"  # beside letters and digits, what a path may hold unencoded
UNPREFIXED = ("content-type", "content-length")  # in an environ, without HTTP_
OF_A_BODY = {"content-type", "content-length"}
NO_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}

Lambda = Callable[[dict[str, Any], Any], dict[str, Any]]
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Context:
    """What Lambda would hand on beside an event, as far as the API looks at it."""

    aws_request_id: str


def application(handler: Lambda) -> WSGIApplication:
    """The WSGI application that answers with what the API answers to events."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request_id = str(uuid4())
        try:
            sent = handler(event(environ, request_id), Context(request_id))
        except Problem as problem:  # anything else is the server's to answer: it knows what broke
            sent = refused(problem, _call(environ, request_id))
        status, headers, body = as_http(sent, environ["REQUEST_METHOD"])
        start_response(status, headers)
        return [body]

    return serve


def event(environ: WSGIEnvironment, request_id: str) -> dict[str, Any]:
    """The event of a request. Raises Problem where its body cannot be read, or is too large."""
    path, headers = _path(environ), _headers(environ)
    cookies = headers["cookie"].split("; ") if "cookie" in headers else []
    body = _body(environ)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": _ascii(environ.get("QUERY_STRING", "")),
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "domainName": headers.get("host", ""),
            "http": {
                "method": environ["REQUEST_METHOD"],
                "path": path,
                "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
                "sourceIp": environ.get("REMOTE_ADDR", ""),
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
        },
        "isBase64Encoded": bool(body),
        **({"cookies": cookies} if cookies else {}),
        **({"body": b64encode(body).decode()} if body else {}),
    }


def refused(problem: Problem, call: Call) -> dict[str, Any]:
    """The answer to a call that never reaches the API, and its line in the log."""
    response = middleware.refuse(problem, call)
    log.info(
        "refused",
        request_id=call.request_id,
        method=call.method,
        code=problem.code,
        status=problem.status,
    )
    sent: dict[str, Any] = response.to_dict([])
    return sent


def as_http(sent: dict[str, Any], method: str) -> tuple[str, Headers, bytes]:
    """Status line, headers and body of an answer, as its status and the method ask for."""
    status, text = sent["statusCode"], sent.get("body") or ""
    body = b64decode(text) if sent.get("isBase64Encoded") else text.encode()
    headers = [*_pairs(sent)]
    if status in NO_BODY:
        headers = [pair for pair in headers if pair[0].lower() not in OF_A_BODY]
    elif method != "HEAD":
        headers = [pair for pair in headers if pair[0].lower() != "content-length"]
        headers.append(("Content-Length", str(len(body))))
    return _status_line(status), headers, b"" if method == "HEAD" or status in NO_BODY else body


def _call(environ: WSGIEnvironment, made: str) -> Call:
    """What an answer has to know of a request that the API never saw."""
    headers = _headers(environ)
    request_id = given_id(headers) or made
    return Call(request_id=request_id, method=environ["REQUEST_METHOD"], headers=headers)


def _path(environ: WSGIEnvironment) -> str:
    """The path as sent, percent-encoded, whichever form of target was sent."""
    target: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    path = _ascii(target.partition("?")[0].partition("#")[0])
    if not path:
        path = quote(environ.get("PATH_INFO", "").encode("latin-1"), PATH_CHARACTERS)
    if path.startswith("/"):
        return path
    _, scheme, rest = path.partition("://")  # http://host/path (RFC 9112, section 3.2)
    return "/" + rest.partition("/")[2].lstrip("/") if scheme else "/"


def _ascii(target: str) -> str:
    """A part of a target with its bytes above 0x7F, which stand here as Latin-1, encoded."""
    return "".join(char if char.isascii() else f"%{ord(char):02X}" for char in target)


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    """The headers by their names in lower case; the server has joined repeated ones."""
    named = {name: environ.get(name.upper().replace("-", "_")) for name in UNPREFIXED}
    named |= {
        name.removeprefix("HTTP_").lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return {name: value for name, value in named.items() if value is not None}


def announced(length: str) -> int:
    """The bytes that a Content-Length announces. Raises Problem where it is no number, or large."""
    if not (length.isascii() and length.isdigit()):
        raise Problem("bad_request", "Content-Length must be one whole number.")
    digits = length.lstrip("0") or "0"  # of any number, which int() would refuse
    if len(digits) > len(str(MAX_BYTES)) or int(digits) > MAX_BYTES:
        raise _too_large()
    return int(digits)


def _body(environ: WSGIEnvironment) -> bytes:
    stream, length = environ["wsgi.input"], environ.get("CONTENT_LENGTH", "")
    if length:
        body = _read(stream, size := announced(length))
        if len(body) < size:
            raise Problem("bad_request", "The body ended before its length.")
        return body
    if not environ.get("wsgi.input_terminated"):
        return b""  # a server that ends no body would let this wait for more
    body = _read(stream, MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise _too_large()
    return body


def _too_large() -> Problem:
    return Problem("body_too_large", f"At most {MAX_BYTES} bytes reach the API.")


def _read(stream: InputStream, size: int) -> bytes:
    """As many bytes as that, or all there are: one read may give less."""
    read = bytearray()
    while len(read) < size and (more := stream.read(size - len(read))):
        read += more
    return bytes(read)


def _pairs(sent: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The headers of an answer, whichever payload's way of repeating them it has."""
    for name, value in (
        (sent.get("headers") or {}) | (sent.get("multiValueHeaders") or {})
    ).items():
        yield from ((name, one) for one in (value if isinstance(value, list) else [value]))
    yield from (("Set-Cookie", cookie) for cookie in sent.get("cookies") or ())


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} -"
