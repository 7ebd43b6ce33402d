"""HTTP without a socket: requests go straight to the handler of `chalice local`, or to the app."""

import http.client
import io
import json
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import requests
from chalice.app import Chalice
from chalice.config import Config
from urllib3 import HTTPHeaderDict, HTTPResponse

from chalicekit.devserver import RequestHandler
from tests import events

Judge = Callable[[requests.Response], object]  # fails where an answer must not be like this


class _Stream(io.BytesIO):
    """Stays open, so that the bytes which nobody read can be looked at."""

    def close(self) -> None:
        pass


class _Wire:
    """A socket for both ends: the server reads the request, http.client the answer."""

    def __init__(self, data: bytes) -> None:
        self.incoming, self.outgoing = _Stream(data), _Stream()

    def makefile(self, mode: str, buffering: int = -1) -> io.BytesIO:
        return self.outgoing if "w" in mode else self.incoming

    def settimeout(self, seconds: float | None) -> None:
        pass

    def setsockopt(self, *option: object) -> None:
        pass

    def shutdown(self, how: int) -> None:
        pass

    def recv(self, size: int) -> bytes:
        return self.incoming.read(size)


class InProcess(requests.adapters.HTTPAdapter):
    """Sends a request through that handler and parses the very bytes of its answer.

    Bytes after the end of an answer (a body on HEAD or 204) would garble the next answer on a
    connection that is kept alive: here that is an AssertionError at once.
    """

    def __init__(self, app: Chalice, config: Config, judge: Judge = bool) -> None:
        super().__init__()
        self._app, self._config, self._judge = app, config, judge

    def send(  # type: ignore[override]  # what it is not given
        self, request: requests.PreparedRequest, **_: Any
    ) -> requests.Response:
        server = _Wire(_as_bytes(request))
        RequestHandler(server, ("127.0.0.1", 0), None, self._app, self._config)  # type: ignore[arg-type]  # a socket's part
        client = _Wire(server.outgoing.getvalue())
        answer = http.client.HTTPResponse(client, method=request.method)  # type: ignore[arg-type]  # see above
        answer.begin()
        body = answer.read()
        if rest := client.incoming.read():
            raise AssertionError(f"{rest[:80]!r} after the answer to {request.method}")
        response = _response(self, request, answer.status, answer.getheaders(), body)
        self._judge(response)
        return response


class AsUrl(requests.adapters.HTTPAdapter):
    """Sends a request to the app as the event of a function URL, or as `made` makes it.

    Event and answer go through JSON, as on Lambda. What a client must not get is an AssertionError.
    """

    def __init__(
        self,
        app: Callable[..., dict[str, Any]],
        made: Callable[[events.Request], dict[str, Any]] = events.url,
        judge: Judge = bool,
    ) -> None:
        super().__init__()
        self._app, self._made, self._judge = app, made, judge

    def send(  # type: ignore[override]  # what it is not given
        self, request: requests.PreparedRequest, **_: Any
    ) -> requests.Response:
        path, *query = request.path_url.split("?", 1)
        headers = [(name, _text(value)) for name, value in request.headers.items()]
        given = events.Request(request.method or "", path, "".join(query), headers, _body(request))
        event = json.loads(json.dumps(self._made(given)))
        sent = self._app(event, None)
        answer = events.answer(json.loads(json.dumps(sent)))
        if request.method == "HEAD" or answer.status in (204, 304):
            assert not answer.body, f"{answer.body[:80]!r} as the answer to {request.method}"
        response = _response(self, request, answer.status, answer.headers, answer.body)
        self._judge(response)
        return response


def _response(
    adapter: requests.adapters.HTTPAdapter,
    request: requests.PreparedRequest,
    status: int,
    headers: Iterable[tuple[str, str]],
    body: bytes,
) -> requests.Response:
    message = http.client.HTTPMessage()
    for name, value in headers:
        message[name] = value
    raw = HTTPResponse(
        body=io.BytesIO(body),
        headers=HTTPHeaderDict(message.items()),
        status=status,
        reason=http.client.responses.get(status),
        preload_content=False,
        request_method=request.method,
    )
    # Where requests looks for cookies.
    raw._original_response = SimpleNamespace(  # type: ignore[assignment]  # as far as it is used
        msg=message, close=lambda: None, isclosed=lambda: True
    )
    response: requests.Response = adapter.build_response(request, raw)
    return response


def _body(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    return body.encode() if isinstance(body, str) else body


def _as_bytes(request: requests.PreparedRequest) -> bytes:
    body = _body(request)
    # Closing after one answer ends the handler's loop where a socket would wait for more.
    headers = {"Host": "127.0.0.1", **request.headers, "Connection": "close"}
    lines = [f"{request.method} {request.path_url} HTTP/1.1"]
    lines += [f"{name}: {_text(value)}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
