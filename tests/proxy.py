"""A proxy between the app and its DynamoDB that counts requests and misbehaves on order.

    with Proxy(engine.url) as proxy:
        proxy.rules = [Rule("cut_after", "PutItem")]  # write, then break the connection, once
        ...
        assert proxy.counts == {"PutItem": 2}

What each fault does stands in FAULTS.
"""

import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

JSON = "application/x-amz-json-1.0"
DYNAMODB = "com.amazonaws.dynamodb.v20120810#"
CORAL = "com.amazon.coral.availability#"


@dataclass(frozen=True)
class Answer:
    """An answer of DynamoDB; `announced` is a Content-Length other than the true one."""

    status: int
    body: bytes
    type: str = JSON
    announced: int | None = None


@dataclass(frozen=True)
class Asked:
    """A request of the app, and the way to have the engine answer it."""

    operation: str
    body: dict[str, Any]
    forward: Callable[[dict[str, Any] | None], Answer]
    """Sends the given body, or the app's own where it is None."""


@dataclass(frozen=True)
class Rule:
    """What to do to the nth request of an operation since `reset()`; None: to each of them."""

    fault: "str | Fault"
    operation: str = "*"
    nth: int | None = 1


@dataclass
class Proxy:
    """Listens on a free loopback port, at `url`, while its context lasts."""

    engine_url: str
    rules: list[Rule] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    slowness: float = 0.1
    """Seconds that the slow faults take."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()

    def reset(self, *rules: Rule) -> None:
        """Count from zero, with these rules."""
        with self._lock:
            self.rules = list(rules)
            self.counts = Counter()

    def settle(self) -> None:
        """Wait until no request is under way: a slow one may reach the engine late."""
        deadline = time.monotonic() + 20
        while self._under_way and time.monotonic() < deadline:
            time.sleep(0.005)

    @property
    def total(self) -> int:
        """Requests since `reset()`."""
        return self.counts.total()

    def answer(self, asked: Asked) -> Answer | None:
        """The answer to a request; None to break the connection."""
        fault = self._fault(asked.operation)
        try:
            return fault(asked, self)
        finally:
            with self._lock:
                self._under_way -= 1

    def _fault(self, operation: str) -> "Fault":
        with self._lock:
            self._under_way += 1
            self.counts[operation] += 1
            places = {operation: self.counts[operation], "*": self.counts.total()}
            for rule in self.rules:
                if rule.operation in places and rule.nth in (None, places[rule.operation]):
                    return FAULTS[rule.fault] if isinstance(rule.fault, str) else rule.fault
        return lambda asked, _proxy: asked.forward(None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    proxy: Proxy

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.connections: set[socket.socket] = set()

    def hang_up(self) -> None:
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: the app may leave a slow answer, and the engine may be killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)
        engine = urlsplit(self.server.proxy.engine_url)
        self._engine = http.client.HTTPConnection(engine.hostname or "", engine.port, timeout=20)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        self._engine.close()
        with suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].partition(".")[2]

        def forward(body: dict[str, Any] | None) -> Answer:
            return self._forward(raw if body is None else json.dumps(body).encode())

        answer = self.server.proxy.answer(Asked(operation, json.loads(raw), forward))
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        length = len(answer.body) if answer.announced is None else answer.announced
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()
        self.close_connection |= answer.announced is not None

    def _forward(self, body: bytes) -> Answer:
        skipped = {"host", "connection", "content-length"}
        headers = {k: v for k, v in self.headers.items() if k.lower() not in skipped}
        try:
            self._engine.request("POST", self.path, body, headers)
            response = self._engine.getresponse()
            # Without the checksum: the app must not depend on DynamoDB's own.
            return Answer(response.status, response.read(), response.headers["Content-Type"])
        except (OSError, http.client.HTTPException):
            self._engine.close()
            raise


Fault = Callable[[Asked, Proxy], Answer | None]


def _error(status: int, code: str, text: str = "Injected.", **members: Any) -> Fault:
    body = json.dumps({"__type": code, "message": text} | members).encode()
    return lambda _asked, _proxy: Answer(status, body)


def _reason(code: str) -> Fault:
    """A cancelled transaction: its last write failed for this reason, the others did not."""

    def fault(asked: Asked, _: Proxy) -> Answer:
        count = len(asked.body["TransactItems"])
        codes = ["None"] * (count - 1) + [code]
        reasons = [{"Code": c} | ({"Message": "Injected."} if c != "None" else {}) for c in codes]
        text = f"Transaction cancelled, please refer cancellation reasons [{', '.join(codes)}]"
        body = {"__type": f"{DYNAMODB}TransactionCanceledException", "Message": text}
        return Answer(400, json.dumps(body | {"CancellationReasons": reasons}).encode())

    return fault


def _cut_after(asked: Asked, _: Proxy) -> None:
    asked.forward(None)


def _error_after(asked: Asked, proxy: Proxy) -> Answer | None:
    asked.forward(None)
    return FAULTS["500"](asked, proxy)


def _slow(asked: Asked, proxy: Proxy) -> Answer:
    time.sleep(proxy.slowness)
    return asked.forward(None)


def _slow_answer(asked: Asked, proxy: Proxy) -> Answer:
    answer = asked.forward(None)
    time.sleep(proxy.slowness)
    return answer


def _hang(_: Asked, proxy: Proxy) -> None:
    time.sleep(proxy.slowness)


def _half(asked: Asked, _: Proxy) -> Answer:
    answer = asked.forward(None)
    return Answer(200, answer.body[: len(answer.body) // 2], announced=len(answer.body))


def _garbage(body: bytes, type: str = JSON) -> Fault:
    def fault(asked: Asked, _: Proxy) -> Answer:
        asked.forward(None)
        return Answer(200, body, type)

    return fault


def _unprocessed(asked: Asked, _: Proxy) -> Answer:
    """Half of the keys are answered, rounded down; the rest is handed back."""
    ((table, wanted),) = asked.body["RequestItems"].items()
    half = len(wanted["Keys"]) // 2
    now, later = wanted["Keys"][:half], wanted["Keys"][half:]
    answer: dict[str, Any] = {"Responses": {table: []}}
    if now:
        request = asked.body | {"RequestItems": {table: wanted | {"Keys": now}}}
        answer = json.loads(asked.forward(request).body)
    answer["UnprocessedKeys"] = {table: wanted | {"Keys": later}}
    return Answer(200, json.dumps(answer).encode())


FAULTS: dict[str, Fault] = {
    # The request never gets to the engine.
    "cut_before": lambda _asked, _proxy: None,
    "hang": _hang,
    "500": _error(500, f"{DYNAMODB}InternalServerError"),
    "503": _error(503, f"{CORAL}ServiceUnavailable"),
    "bad_gateway": lambda _asked, _proxy: Answer(502, b"<html>Bad gateway</html>", "text/html"),
    "throughput": _error(400, f"{DYNAMODB}ProvisionedThroughputExceededException"),
    "throttling": _error(400, f"{CORAL}ThrottlingException"),
    "request_limit": _error(400, f"{DYNAMODB}RequestLimitExceeded"),
    "conflict": _error(400, f"{DYNAMODB}TransactionConflictException"),
    "in_progress": _error(400, f"{DYNAMODB}TransactionInProgressException"),
    "throughput_reason": _reason("ProvisionedThroughputExceeded"),
    "throttling_reason": _reason("ThrottlingError"),
    "conflict_reason": _reason("TransactionConflict"),
    "validation": _error(400, f"{CORAL}ValidationException"),
    "validation_reason": _reason("ValidationError"),
    "no_table": _error(400, f"{DYNAMODB}ResourceNotFoundException"),
    "no_grant": _error(400, f"{CORAL}AccessDeniedException"),
    "bad_token": _error(400, f"{CORAL}UnrecognizedClientException"),
    "expired_token": _error(400, f"{CORAL}ExpiredTokenException"),
    # It does, and what it did is not told, or late.
    "slow": _slow,
    "slow_answer": _slow_answer,
    "cut_after": _cut_after,
    "500_after": _error_after,
    "half": _half,
    "garbage": _garbage(b"<html>Sign in to this network</html>", "text/html"),
    "not_utf8": _garbage(b"\xff\xfe\x00"),
    "empty": _garbage(b""),
    "no_object": _garbage(b"[]"),
    "unprocessed": _unprocessed,
}
