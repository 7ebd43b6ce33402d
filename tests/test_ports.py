"""Whose ministack serves on a port, and what it had saved."""

import http.server
import json
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests.engines import free_port
from tools.local import ports, processes, state

MINE = json.dumps(ports.whose(os.getpid()))
THEIRS = json.dumps(ports.whose(os.getpid()) | {"folder": "/another/clone"})


class Asked(http.server.BaseHTTPRequestHandler):
    """Answers every path with what the test sets."""

    answer = b""

    def do_GET(self) -> None:
        self.wfile.write(self.answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Asked) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("answer", "ours"),
    [
        (f"HTTP/1.0 200 OK\r\n\r\n{MINE}", True),
        (f"HTTP/1.0 200 OK\r\n\r\n{THEIRS}", False),
        ("HTTP/1.0 200 OK\r\n\r\n<html>", False),
        ("HTTP/1.0 404 Not Found\r\n\r\n", False),
        ("SSH-2.0-OpenSSH\r\n", False),
    ],
    ids=["ours", "of another clone", "no JSON", "not found", "no HTTP"],  # the same in each worker
)
def test_only_the_process_that_says_so_is_ours(
    url: str, answer: str, ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Asked, "answer", answer.encode())
    assert ports.ours(url, os.getpid(), alive=lambda: True) is ours


def test_a_port_that_nothing_serves_is_asked_as_long_as_the_process_lives() -> None:
    lives = iter([True, True, False])
    url = f"http://127.0.0.1:{free_port()}"
    assert not ports.ours(url, os.getpid(), alive=lambda: next(lives))
    assert not list(lives)


@pytest.mark.parametrize("pid", [0, -1, 10**30])
def test_no_process_has_such_a_number(pid: int) -> None:
    assert not processes.alive(pid, processes.identity(pid))


def test_state_that_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "whole.json").write_text('{"payload": {}}')
    (tmp_path / "cut.json").write_text('{"payl')
    (tmp_path / "wrong.json").write_text("[]")
    (tmp_path / "cut.json.tmp").write_text('{"payl')
    lines = state.set_aside(tmp_path)
    assert [line.partition(" cannot be read")[0] for line in lines] == [
        str(tmp_path / "cut.json"),
        str(tmp_path / "wrong.json"),
    ]
    assert (tmp_path / "cut.json.bad").read_text() == '{"payl'
    assert not state.set_aside(tmp_path)
