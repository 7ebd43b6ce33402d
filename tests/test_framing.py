"""HTTP over the wire: whatever is sent gets a whole answer, in the shape of all others."""

import json
import socket
import time
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from chalicekit.devserver import RequestHandler
from tests.serving import serving
from tests.targets import Target

pytestmark = [pytest.mark.in_process, pytest.mark.users]

ORIGIN = b"Origin: http://localhost:3000\r\n"
HEAD = b"Host: x\r\n" + ORIGIN
JSON = HEAD + b"Content-Type: application/json\r\n"
POST = b"POST /users HTTP/1.1\r\n" + JSON


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="module")
def address(target: Target) -> Iterator[tuple[str, int]]:
    with serving(target) as url:
        parts = urlsplit(url)
        yield str(parts.hostname), parts.port or 0


def send(address: tuple[str, int], data: bytes, *, seconds: float = 10) -> bytes:
    """What comes back until the server closes, or says nothing more."""
    received = b""
    with socket.create_connection(address, timeout=seconds) as connection:
        connection.sendall(data)
        connection.settimeout(0.5 if b"keep" in data else seconds)
        try:
            while more := connection.recv(65536):
                received += more
        except TimeoutError:
            pass
    return received


def parsed(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    assert first.startswith("HTTP/1.1 "), received[:200]
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return Answer(int(first.split()[1]), headers, body)


def assert_refused(received: bytes, status: int, code: str) -> Answer:
    answer = parsed(received)
    problem = json.loads(answer.body)
    assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert problem["instance"] == f"urn:request:{answer.headers['x-request-id']}"
    return answer


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (b"GET /none HTTP/2.0\r\n" + HEAD, 400, "bad_request"),
        (b"GET /none HTTP/x\r\n" + HEAD, 400, "bad_request"),
        (b"nonsense\r\n" + HEAD, 400, "bad_request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n", 400, "bad_request"),
        (b"GET /users HTTP/1.1\r\n" + HEAD + b"no colon\r\n", 400, "bad_request"),
        (POST + b"Content-Length: x\r\n", 400, "bad_request"),
        (POST + b"Content-Length: -1\r\n", 400, "bad_request"),
        (
            POST + b"Content-Length: 1\r\nContent-Length: 2\r\n",
            400,
            "bad_request",
        ),
        (
            POST + b"Content-Length: 99999999\r\n",
            413,
            "body_too_large",
        ),
        (
            POST + b"Transfer-Encoding: gzip\r\n",
            400,
            "bad_request",
        ),
        (
            POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n",
            400,
            "bad_request",
        ),
        (b"GET http://x// HTTP/1.1\r\n" + HEAD, 200, ""),
        (
            b"GET http://x//a// HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n",
            404,
            "route_not_found",
        ),
        (b"FOO /users HTTP/1.1\r\n" + HEAD, 405, "method_not_allowed"),
        (b"FOO // HTTP/1.1\r\n" + HEAD, 404, "route_not_found"),
    ],
)
def test_every_request_is_answered(
    address: tuple[str, int], request_: bytes, status: int, code: str
) -> None:
    received = send(address, request_ + b"Connection: close\r\n\r\n")
    if code:
        assert_refused(received, status, code)
    else:
        assert parsed(received).status == status


def test_bytes_in_a_query(address: tuple[str, int]) -> None:
    request = b"GET /health?\xc3\xa0=1 HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n"
    answer = assert_refused(send(address, request), 400, "invalid_query")
    assert json.loads(answer.body)["errors"][0]["parameter"] == "à"


def test_a_token_is_never_sent_back(address: tuple[str, int]) -> None:
    for path in (b"http://x//", b"http://x//a//", b"//", b"/none"):
        for token in (b"Bearer SECRET", b"Bearer SECRET\xe9"):
            request = b"GET " + path + b" HTTP/1.1\r\n" + HEAD + b"Authorization: " + token
            received = send(address, request + b"\r\nConnection: close\r\n\r\n")
            assert parsed(received).status in (200, 404)
            assert b"SECRET" not in received


def test_an_empty_line_before_a_request(address: tuple[str, int]) -> None:
    request = b"\r\nGET /health HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n"
    assert parsed(send(address, request)).status == 200


def test_expect_is_answered_at_once(address: tuple[str, int]) -> None:
    with (
        socket.create_connection(address, timeout=30) as connection,
        connection.makefile("rb") as answers,
    ):
        head = POST + b"Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
        connection.sendall(head)
        assert answers.readline() + answers.readline() == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert parsed(answers.read()).status == 422


def test_head_announces_no_other_length_than_get(address: tuple[str, int]) -> None:
    request = b" /health HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n"
    got, headed = (parsed(send(address, method + request)) for method in (b"GET", b"HEAD"))
    assert headed.body == b""
    assert headed.headers.get("content-length", got.headers["content-length"]) == str(len(got.body))


@pytest.mark.parametrize(
    "begun",
    [
        POST + b"Content-Length: 10\r\n\r\n{",
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        POST,
    ],
    ids=["body", "chunk", "head"],
)
def test_what_does_not_arrive_is_a_timeout(
    address: tuple[str, int], begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RequestHandler, "timeout", 0.3)
    assert_refused(send(address, begun), 408, "timeout")


def test_a_body_that_is_too_large_does_not_reset_the_connection(address: tuple[str, int]) -> None:
    size = 11 * 1024 * 1024
    head = POST + b"Content-Length: %d\r\n\r\n" % size
    begun = time.monotonic()
    assert_refused(send(address, head + b"x" * size), 413, "body_too_large")
    assert time.monotonic() - begun < 5
