"""What the TypeScript client sends again, and what it does not: with answers of a test."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.clients.conftest import FIRST
from tools.clients import programs

# users: the examples are compiled whole.
pytestmark = [pytest.mark.users, pytest.mark.slow, FIRST]
Answer = tuple[int, dict[str, str]]
LAST: Answer = (200, {})
BUSY: Answer = (503, {})
PROGRAM = """
import {{ retrying }} from {client};
const [url, options, abort] = JSON.parse(process.argv[1]);
const signal = abort ? AbortSignal.timeout(abort) : null;
try {{
  const send = retrying((request) => fetch(request));
  const answer = await send(new Request(url, {{ ...options, signal }}));
  console.log(answer.status);
}} catch (error) {{
  console.log(error.name);
}}
"""


class Answers:
    """The answers that are left to be given, and when each was asked for. None: none, cut off."""

    def __init__(self, *answers: Answer | None) -> None:
        self.left, self.times, self.bodies = list(answers), list[float](), list[str]()

    @contextmanager
    def served(self) -> Iterator[str]:
        answers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answers.times.append(time.monotonic())
                length = int(self.headers["Content-Length"] or 0)
                answers.bodies.append(self.rfile.read(length).decode())
                if (answer := answers.left.pop(0)) is None:
                    return
                status, headers = answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            do_POST = do_PUT = do_GET  # noqa: N815  as http.server names them

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            server.server_close()

    def told(self, build: Path, abort: int = 0, **options: Any) -> str:
        """The status that the caller gets in the end, or the name of what is thrown."""
        program = PROGRAM.format(client=json.dumps(str(build / "client.js")))
        with self.served() as url:
            arguments = json.dumps([url, options, abort])
            done = subprocess.run(
                ["node", "--input-type=module", "-e", program, arguments],
                cwd=build,
                env=programs.environment(),
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
        return done.stdout.strip()


def test_what_passes_is_waited_for(build: Path) -> None:
    answers = Answers(BUSY, (429, {"Retry-After": "1"}), None, LAST)
    assert answers.told(build) == "200"
    assert answers.times[2] - answers.times[1] >= 1


def test_it_gives_up(build: Path) -> None:
    answers = Answers(*[BUSY] * 5)
    assert answers.told(build) == "503"
    assert len(answers.times) == 4


def test_a_connection_that_stays_broken_is_an_error(build: Path) -> None:
    answers = Answers(*[None] * 5)
    assert answers.told(build) == "TypeError"
    assert len(answers.times) == 4


@pytest.mark.parametrize("after", ["31", "Wed, 21 Oct 2037 07:28:00 GMT"])
def test_who_is_to_wait_long_is_told_so(build: Path, after: str) -> None:
    answers = Answers((503, {"Retry-After": after}), LAST)
    assert answers.told(build) == "503"


@pytest.mark.parametrize("status", [400, 409, 412, 422, 500])
def test_an_answer_that_would_be_the_same_is_taken(build: Path, status: int) -> None:
    assert Answers((status, {}), LAST).told(build) == str(status)


@pytest.mark.parametrize("first", [BUSY, None])
def test_a_post_without_a_key_is_sent_once(build: Path, first: Answer | None) -> None:
    answers = Answers(first, LAST)
    told = answers.told(build, method="POST", body="{}")
    assert told == ("503" if first else "TypeError")
    assert len(answers.times) == 1


@pytest.mark.parametrize(
    "options",
    [{"method": "POST", "headers": {"Idempotency-Key": "1"}}, {"method": "PUT"}],
    ids=["with a key", "a PUT"],
)
def test_what_is_sent_again_is_the_same(build: Path, options: dict[str, Any]) -> None:
    answers = Answers(None, BUSY, LAST)
    assert answers.told(build, body='{"a": 1}', **options) == "200"
    assert answers.bodies == ['{"a": 1}'] * 3


def test_who_goes_away_waits_no_longer(build: Path) -> None:
    answers = Answers((503, {"Retry-After": "20"}), LAST)
    begun = time.monotonic()
    assert answers.told(build, abort=500) == "TimeoutError"
    assert time.monotonic() - begun < 15
    assert len(answers.times) == 1
