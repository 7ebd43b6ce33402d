"""The application that the project mounts as an example, on every target."""

from urllib.parse import urlsplit

import pytest

from tests.contract.client import send
from tests.targets import Target

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
