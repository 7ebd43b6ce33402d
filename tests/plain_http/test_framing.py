"""HTTP over the wire, on gunicorn: what holds of the local server, and what is its own."""

import json
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.plain_http.server import Server, serving
from tests.test_framing import (  # noqa: F401 - run here with the address of this server
    HEAD,
    POST,
    Answer,
    assert_refused,
    parsed,
    send,
    test_a_body_that_is_too_large_does_not_reset_the_connection,
    test_a_token_is_never_sent_back,
    test_an_empty_line_before_a_request,
    test_every_request_is_answered,
    test_expect_is_answered_at_once,
    test_head_announces_no_other_length_than_get,
)

pytestmark = [pytest.mark.slow, pytest.mark.users]

IMPATIENT = """
import sys
from chalicekit import serve, worker
worker.ARRIVAL_SECONDS = worker.SEND_SECONDS = 1.0
sys.exit(serve.command(serve.main, sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("framing")) as server:
        yield server


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It waits for a second."""
    command = [sys.executable, "-c", IMPATIENT]
    with serving(tmp_path_factory.mktemp("impatient"), command=command, THREADS="2") as server:
        yield server


@pytest.fixture
def address(server: Server) -> tuple[str, int]:
    return server.address


def get(path: bytes, *headers: bytes) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"GET " + path + b" HTTP/1.1\r\n" + HEAD + lines + b"Connection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (get(b"/" + b"x" * 9000), 414, "uri_too_long"),
        (get(b"/", b"X: " + b"x" * 11_000), 431, "headers_too_large"),
        (get(b"/", *[b"X: x"] * 120), 431, "headers_too_large"),
        (get(b"/", b"Transfer-Encoding: unheard-of"), 400, "bad_request"),
        (get(b"/", b"Expect: a miracle"), 400, "bad_request"),
        (get(b"/", b" folded: header"), 400, "bad_request"),
        (get(b"/", b"a b: c"), 400, "bad_request"),
        (get(b"/", b"Content-Length: " + b"9" * 5000), 400, "bad_request"),
        (get(b"/", b"Content-Length: " + b"9" * 40), 413, "body_too_large"),
        (b"GET /\r\n\r\n", 400, "bad_request"),
        (b"GET /a b HTTP/1.1\r\n\r\n", 400, "bad_request"),
        (b"GET /health HTTP/1.1\nHost: x\n\n", 400, "bad_request"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "bad_request"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n", 400, "bad_request"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 20_000, 400, "bad_request"),
        (b"get /users HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n", 405, None),
    ],
)
def test_what_gunicorn_refuses_is_a_problem(
    server: Server, request_: bytes, status: int, code: str | None
) -> None:
    answer = assert_refused(send(server.address, request_), status, code or "method_not_allowed")
    assert answer.headers["connection"] == "close"
    assert "x" * 100 not in answer.body.decode()


def test_as_much_as_api_gateway_takes_is_taken(server: Server) -> None:
    cursor = get(b"/health?x=" + b"x" * 8000)  # an unknown parameter: but it was read
    assert_refused(send(server.address, cursor), 400, "invalid_query")
    large = get(b"/health", b"X: " + b"x" * 10_000)
    assert parsed(send(server.address, large)).status == 200


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 1_000_000])
@pytest.mark.parametrize("chunk", [0, 1000, 70_000])
def test_a_body_is_read_whole(server: Server, size: int, chunk: int) -> None:
    body = b" " * max(0, size - 1) + b"{" * min(size, 1)
    if chunk:
        parts = [body[start : start + chunk] for start in range(0, size, chunk)]
        framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        head = b"Transfer-Encoding: chunked\r\n"
    else:
        framed, head = body, b"Content-Length: %d\r\n" % size
    received = send(server.address, POST + head + b"Connection: close\r\n\r\n" + framed)
    if size > 65_536:
        assert_refused(received, 413, "body_too_large")
    else:
        assert_refused(received, 400, "invalid_json")


def test_a_chunked_body_is_bounded(server: Server) -> None:
    chunk = b"%x\r\n%s\r\n" % (2**20, b"x" * 2**20)
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    assert_refused(send(server.address, head + chunk * 11), 413, "body_too_large")


@pytest.mark.parametrize(
    "begun",
    [
        POST,
        POST + b"Content-Length: 10\r\n\r\n{",
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
    ids=["head", "body", "chunk", "chunks"],
)
def test_what_ends_early_is_told(server: Server, begun: bytes) -> None:
    with socket.create_connection(server.address, timeout=10) as connection:
        connection.sendall(begun)
        connection.shutdown(socket.SHUT_WR)
        assert_refused(connection.makefile("rb").read(), 400, "bad_request")


def test_a_body_that_will_be_refused_is_not_asked_for(server: Server) -> None:
    head = POST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"
    answer = assert_refused(send(server.address, head), 413, "body_too_large")
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert answer.headers["connection"] == "close"


def test_a_connection_is_kept(server: Server) -> None:
    requests_ = [
        b"GET /health HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"HEAD /health HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"OPTIONS /health HTTP/1.1\r\n" + HEAD + b"\r\n",
        POST + b"Content-Length: 1\r\n\r\n{",
        b"PUT /users HTTP/1.1\r\n" + HEAD + b"Content-Length: 3\r\n\r\nabc",
    ]
    with socket.create_connection(server.address, timeout=10) as connection:
        answers = connection.makefile("rb")
        for request in requests_ * 2:
            connection.sendall(request)
            answer = _next(answers, request)
            assert answer.headers["connection"] == "keep-alive", request
        connection.sendall(b"".join(requests_))  # all at once
        assert [_next(answers, request).status for request in requests_] == [
            *(200, 200, 204),
            *(400, 405),
        ]


def _next(stream: object, request: bytes) -> Answer:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()  # type: ignore[attr-defined]  # a file
        assert line, head
        head += line
    answer = parsed(head)
    length = 0 if request.startswith(b"HEAD") else int(answer.headers.get("content-length", 0))
    return answer._replace(body=stream.read(length))  # type: ignore[attr-defined]  # see above


@pytest.mark.parametrize(
    "begun",
    [
        POST,
        POST + b"Content-Length: 10\r\n\r\n{",
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    ],
    ids=["head", "body", "chunk"],
)
def test_what_does_not_arrive_is_a_timeout(impatient: Server, begun: bytes) -> None:
    assert_refused(send(impatient.address, begun), 408, "timeout")


def test_slow_clients_are_waited_for_no_longer_than_any(impatient: Server) -> None:
    """More of them than threads; each sends a byte now and then, for as long as it may."""
    slow = [socket.create_connection(impatient.address, timeout=0.03) for _ in range(4)]
    with ThreadPoolExecutor(1) as pool:
        for connection in slow:
            connection.sendall(b"GET /hea")
        begun = time.monotonic()
        asked = pool.submit(impatient.get, "/health")
        while slow:
            assert time.monotonic() - begun < 5
            for connection in [*slow]:
                try:
                    connection.recv(1, socket.MSG_PEEK)
                except TimeoutError:
                    connection.sendall(b"l")
                else:
                    slow.remove(connection)
                    connection.settimeout(5)
                    assert_refused(connection.makefile("rb").read(), 408, "timeout")
                    connection.close()
        assert asked.result().status_code == 200
        assert time.monotonic() - begun < 5


def test_silent_clients_cost_no_thread(impatient: Server) -> None:
    silent = [socket.create_connection(impatient.address, timeout=10) for _ in range(50)]
    begun = time.monotonic()
    assert impatient.get("/health").status_code == 200
    assert time.monotonic() - begun < 0.5
    for connection in silent:
        assert connection.recv(1) == b""  # after a second nobody waits for them
        connection.close()


def test_nothing_tells_versions(server: Server) -> None:
    for request in (get(b"/health"), b"nonsense\r\n\r\n"):
        server_ = parsed(send(server.address, request)).headers.get("server", "")
        assert server_ in ("", "gunicorn")


def test_a_proxy_s_headers_are_not_believed(server: Server) -> None:
    headers = (b"X-Forwarded-Proto: https", b"X-Forwarded-For: 1.2.3.4", b"SCRIPT_NAME: /a")
    answer = parsed(send(server.address, get(b"/", *headers)))
    assert json.loads(answer.body)["links"]["health"] == "/health"
    assert "1.2.3.4" not in server.output


def test_each_request_is_logged_once_and_without_what_was_sent(server: Server) -> None:
    before = len(server.lines)
    send(server.address, get(b"/health?secret=SECRET", b"X-Request-Id: mine"))
    send(server.address, b"SECRET\r\n\r\n")
    lines = server.lines[before:]
    assert [line["event"] for line in lines] == ["request", "refused"]
    assert lines[0]["request_id"] == "mine"
    assert (lines[1]["code"], lines[1]["status"]) == ("bad_request", 400)
    assert "SECRET" not in server.output
