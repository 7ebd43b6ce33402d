"""gunicorn's threaded worker, made to answer whatever arrives, and to wait for nobody for long.

Its own gives a thread to a connection that says nothing yet, waits for ever for the rest of a
request, and answers what it cannot read with a page that repeats it. It goes into the image alone.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

try:
    from gunicorn.http import errors
    from gunicorn.workers.gthread import ThreadWorker
except ModuleNotFoundError:  # as on Lambda
    raise ModuleNotFoundError("gunicorn is not installed: pip install gunicorn") from None

from . import log, middleware, warm, wsgi
from .call import Call
from .event import given_id
from .problems import Problem

ARRIVAL_SECONDS = 10.0  # in which a request, head and body, has to arrive
SEND_SECONDS = 10.0  # in which a part of an answer has to be taken
LINGER_SECONDS = 1.0  # for which what nobody read is thrown away before a connection is closed
UNREADABLE = "This is not an HTTP request that can be read."


class Late(Exception):
    """The rest of a request did not arrive in time."""


class Cut(Exception):
    """A request ended before its end."""


class Connection(socket.socket):
    """A client's socket that waits until `deadline` for what arrives, and no longer."""

    deadline = 0.0
    begun = False  # part of a request has arrived
    answered = False

    def expect(self) -> None:
        """Wait for a request from now on."""
        self.deadline = time.monotonic() + ARRIVAL_SECONDS
        self.begun = self.answered = False

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Late
        self.settimeout(left)
        try:
            data = super().recv(size, flags)
        except TimeoutError:
            raise Late from None
        if self.begun and not data:
            raise Cut
        self.begun = True
        return data

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        self.answered = True
        self.settimeout(SEND_SECONDS)
        try:
            super().sendall(data, flags)
        except TimeoutError:  # a client that reads nothing is as one that has gone
            raise ConnectionResetError(errno.ECONNRESET, "not read in time") from None

    def linger(self) -> None:
        """Say that nothing more comes, and throw away what the client still sends.

        Closed with data unread, the connection is reset, and the answer may be lost with it.
        """
        self.deadline = time.monotonic() + LINGER_SECONDS
        with suppress(OSError, Late, Cut):
            self.shutdown(socket.SHUT_WR)
            while self.recv(65536):
                pass
        with suppress(OSError):
            self.shutdown(socket.SHUT_RD)


class Worker(ThreadWorker):
    """One process; its threads share the API."""

    def run(self) -> None:
        warm.up()
        super().run()

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection to a thread once it has sent something; until then it costs none."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock = Connection(fileno=conn.sock.detach())
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + ARRIVAL_SECONDS
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, readable)

    def handle(self, conn: Any) -> Any:
        """Answer one request; says whether the connection stays. Runs in a thread."""
        conn.sock.expect()
        stays = super().handle(conn)
        if not stays:
            conn.sock.linger()
        return stays

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002 - as gunicorn calls it
        """Answer what never reached the API."""
        if client.answered:
            return
        problem = refusal(exc)
        headers = {name.lower(): value for name, value in getattr(req, "headers", ())}
        request_id = given_id(headers) or str(uuid4())
        call = Call(request_id, method=getattr(req, "method", None) or "", headers=headers)
        if problem.status == 500:
            log.exception("unforeseen", exc, request_id=call.request_id)
        status, pairs, body = wsgi.as_http(wsgi.refused(problem, call), call.method)
        lines = [f"{name}: {value}" for name, value in [*pairs, ("Connection", "close")]]
        head = "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1")
        with suppress(OSError):
            client.sendall(head + body)

    def _cap_keepalive(self, deadline: float) -> None:
        """At the end, wait no longer for connections that never said anything."""
        super()._cap_keepalive(deadline)  # type: ignore[misc]  # newer than its published types
        waiting: Iterable[Any] = self.pending_conns
        for conn in waiting:
            conn.timeout = min(conn.timeout, deadline)


def refusal(exc: BaseException) -> Problem:
    """The answer to what gunicorn could not read, or broke over."""
    if isinstance(exc, Late):
        return Problem("timeout", "The request did not arrive in time.")
    if isinstance(exc, Cut):
        return Problem("bad_request", "The request ended before its end.")
    if isinstance(exc, errors.LimitRequestLine):
        return Problem("uri_too_long", "At most 8190 bytes of a request line are read.")
    if isinstance(exc, errors.LimitRequestHeaders):
        return Problem("headers_too_large", "The headers are more, or longer, than are read.")
    if isinstance(exc, errors.ParseException):
        return Problem("bad_request", UNREADABLE)
    return Problem("internal_error", middleware.OUR_FAULT)


def before(_: Worker, request: Any) -> None:
    """Do not ask for a body that will be refused, and do not wait for it."""
    try:
        for name, value in request.headers:
            if name == "CONTENT-LENGTH":
                wsgi.announced(value)
    except Problem:
        request._expected_100_continue = False  # noqa: SLF001 - gunicorn asks before the app can say
        request.force_close()
