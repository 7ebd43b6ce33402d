"""The application that the project mounts as an example, on every target."""

from urllib.parse import urlsplit

import pytest

from chalicekit.operation import METHODS
from tests.contract.client import assert_problem, send
from tests.serving import serving
from tests.targets import Target
from tests.test_framing import HEAD, parsed
from tests.test_framing import send as send_raw

pytestmark = pytest.mark.each_counts

ORIGIN = "http://localhost:3000"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["", "/", "/a/b/", "/../users", "//a"])
def test_it_is_told_where_it_is(target: Target, method: str, path: str) -> None:
    answer = send(target, method, f"/greeting{path}", headers={"Origin": ORIGIN})
    root = urlsplit(target.base_url).path
    assert (answer.status_code, answer.text) == (
        200,
        f"Greetings from {root}/greeting {path or '/'}\n",
    )
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Cache-Control" not in answer.headers


def test_head_and_a_preflight(target: Target) -> None:
    head = send(target, "HEAD", "/greeting/x")
    assert (head.status_code, head.content) == (200, b"")
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
    preflight = send(target, "OPTIONS", "/greeting/x", headers=asked)
    assert preflight.status_code == 204
    assert "PUT" in preflight.headers["Access-Control-Allow-Methods"]


@pytest.mark.no_gateway
@pytest.mark.parametrize("path", ["/greeting", "/greeting/x"])
@pytest.mark.parametrize("method", ["TRACE", "BREW"])
def test_a_method_that_nobody_has_is_told_which_there_are(
    target: Target, path: str, method: str
) -> None:
    """Of the routes: the application is not asked."""
    answer = send(target, method, path)
    problem = assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == ", ".join(METHODS)
    assert problem["detail"] == f"Offered here: {', '.join(METHODS)}."


@pytest.mark.in_process
def test_bytes_in_a_path_are_encoded_once(target: Target) -> None:
    request = b"GET /greeting/\xc3\xa9 HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n"
    with serving(target) as url:
        parts = urlsplit(url)
        answer = parsed(send_raw((str(parts.hostname), parts.port or 0), request))
    assert answer.body == "Greetings from /greeting /é\n".encode()
