"""Bytes of a mounted application, in and out, on every target: see docs/mounts.md."""

from hashlib import sha256

import pytest
import requests

from chalicekit.mount import MOST_BYTES
from tests.beside import COOKIES, EVERY_BYTE
from tests.contract.client import assert_problem, send
from tests.targets import Target

pytestmark = pytest.mark.beside

TYPES = ["application/octet-stream", "image/png", "application/x-of-nobody"]


def multipart(content: bytes) -> tuple[bytes, str]:
    """A form with a file, as a browser sends it: the body, and its type."""
    form = requests.Request("POST", "http://x", files={"file": ("ü.bin", content)}).prepare()
    assert isinstance(form.body, bytes)
    return form.body, form.headers["Content-Type"]


def post(target: Target, path: str, body: bytes, kind: str) -> requests.Response:
    return send(target, "POST", f"/beside-bytes{path}", data=body, headers={"Content-Type": kind})


def test_an_upload_that_is_no_utf8_arrives_unharmed(target: Target) -> None:
    body, kind = multipart(EVERY_BYTE)
    answer = post(target, "/echo", body, kind)
    assert (answer.status_code, answer.content) == (200, body)
    assert answer.headers["X-Type-Was"] == kind


@pytest.mark.parametrize("kind", TYPES)
def test_bytes_of_any_type_come_back(target: Target, kind: str) -> None:
    answer = post(target, "/echo", EVERY_BYTE, kind)
    assert (answer.status_code, answer.content) == (200, EVERY_BYTE)


@pytest.mark.parametrize("accept", ["*/*", "image/avif,image/*;q=0.8", "text/html"])
def test_a_file_comes_out_unharmed(target: Target, accept: str) -> None:
    answer = send(target, "GET", "/beside-bytes/file", headers={"Accept": accept})
    assert (answer.status_code, answer.content) == (200, EVERY_BYTE)
    assert answer.headers["Content-Type"] == "image/png"


def test_two_cookies_are_two_headers(target: Target) -> None:
    answer = send(target, "GET", "/beside-bytes/cookies")
    assert answer.raw.headers.getlist("Set-Cookie") == COOKIES


@pytest.mark.parametrize("form", [False, True])
def test_an_upload_to_the_byte(target: Target, form: bool) -> None:
    rest = len(multipart(b"")[0]) if form else 0
    for size in (MOST_BYTES - rest, MOST_BYTES - rest + 1):
        content = b"\xff" * size
        body, kind = multipart(content) if form else (content, TYPES[0])
        answer = post(target, "/digest", body, kind)
        if len(body) <= MOST_BYTES:
            assert answer.json() == {"size": len(body), "sha256": sha256(body).hexdigest()}
        else:
            assert_problem(answer, 413, "body_too_large")
