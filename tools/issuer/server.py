"""The issuer by HTTP, on loopback."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalicekit.trust import loopback
from tools.issuer import asked, form
from tools.issuer.asked import Asked, Refused, Unsafe
from tools.issuer.issuer import AUTHORIZE, CONFIGURATION, KEYS, TOKEN, Issuer
from tools.refusals import Refusal

LARGEST = 64 * 1024  # bytes of a body
FORM = "application/x-www-form-urlencoded"


class Server(ThreadingHTTPServer):
    """Serves an issuer on its port. Raises OSError where that is taken."""

    daemon_threads = True

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        super().__init__(("127.0.0.1", urlsplit(issuer.url).port or 0), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    timeout = 30
    wbufsize = -1  # headers and body in one packet
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        try:
            if not self._addressed():
                self._page(403, *form.wrong(f"This issuer is {self.server.issuer.url}."))
            elif path == CONFIGURATION:
                self._json(200, self.server.issuer.configuration())
            elif path == KEYS:
                self._json(200, self.server.issuer.keys())
            elif path == AUTHORIZE:
                self._authorize(query)
            else:
                self._page(404, *form.wrong("Nothing is served at this path."))
        except Refusal as refusal:
            self._json(500, {"error": "server_error", "error_description": str(refusal)})

    def do_POST(self) -> None:
        path, body = self.path.partition("?")[0], self._body()
        try:
            if not self._addressed() or body is None:
                self._json(400, {"error": "invalid_request", "error_description": f"Send {FORM}."})
            elif path == TOKEN:
                self._exchange(body)
            elif path == AUTHORIZE:
                self._log_in(body)
            else:
                self._page(404, *form.wrong("Nothing is served at this path."))
        except Refusal as refusal:
            self._json(500, {"error": "server_error", "error_description": str(refusal)})

    def do_OPTIONS(self) -> None:
        headers = {"Access-Control-Allow-Methods": "GET, POST"}
        self._answer(204, headers | {"Access-Control-Allow-Headers": "Content-Type"})

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: codes stand in addresses."""

    def version_string(self) -> str:
        return "local"

    def _authorize(self, query: str) -> None:
        if not (wanted := self._asked(_members(query))):
            return
        try:
            asked.check(wanted)
        except Refused as refused:
            self._send_back(self.server.issuer.refused(wanted, refused))
        else:
            self._page(200, *form.page(wanted))

    def _log_in(self, body: str) -> None:
        given, issuer = _members(body), self.server.issuer
        if self.headers.get("Origin", issuer.url) != issuer.url:
            self._page(403, *form.wrong("Only this issuer's own form logs in."))
            return
        if not (wanted := self._asked(given)):
            return
        if given.get("answer") != "yes":
            denied = Refused("access_denied", "You did not log in.")
            self._send_back(issuer.refused(wanted, denied))
            return
        granted = parse_qs(body).get("granted", [])
        try:
            self._send_back(issuer.logged_in(wanted, given.get("subject", "").strip(), granted))
        except Refused as refused:
            self._send_back(issuer.refused(wanted, refused))

    def _asked(self, given: dict[str, str]) -> Asked | None:
        """What is asked for; None where nobody may be sent back, which is then answered."""
        try:
            return asked.read(given, self.server.issuer.client_id)
        except Unsafe as unsafe:
            self._page(400, *form.wrong(str(unsafe)))
            return None

    def _exchange(self, body: str) -> None:
        origin = self.headers.get("Origin")
        if origin is not None and not loopback(origin):
            told = "This origin is not on loopback."
            self._json(403, {"error": "invalid_request", "error_description": told})
            return
        try:
            self._json(200, self.server.issuer.exchange(_members(body)))
        except Refused as refused:
            self._json(400, {"error": refused.error, "error_description": str(refused)})

    def _addressed(self) -> bool:
        """Whether it is meant by its own name: another one may lead to loopback, too."""
        return self.headers.get("Host") == urlsplit(self.server.issuer.url).netloc

    def _body(self) -> str | None:
        """The form that was sent; None where it is none."""
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not (length.isascii() and length.isdigit()) or len(length) > 6 or kind != FORM:
            return None
        body = self.rfile.read(min(int(length), LARGEST + 1))
        try:
            return body.decode() if len(body) <= LARGEST else None
        except UnicodeDecodeError:
            return None

    def _send_back(self, address: str) -> None:
        self._answer(303, {"Location": address})

    def _json(self, status: int, document: dict[str, Any]) -> None:
        self._answer(status, {"Content-Type": "application/json"}, json.dumps(document))

    def _page(self, status: int, page: str, headers: dict[str, str]) -> None:
        self._answer(status, headers, page)

    def _answer(self, status: int, headers: dict[str, str], body: str = "") -> None:
        self.send_response(status)
        origin = self.headers.get("Origin")
        if origin and loopback(origin):
            self.send_header("Access-Control-Allow-Origin", origin)
        common = {
            "Vary": "Origin",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        for name, value in (common | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


def _members(text: str) -> dict[str, str]:
    """The members of a query or form; one that is given twice is as good as none."""
    found = parse_qs(text, keep_blank_values=True)
    return {name: values[0] for name, values in found.items() if len(values) == 1}
