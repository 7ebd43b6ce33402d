"""The server's start and end, as a container platform sees them: lines, signals, exit codes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.engines import ROOT, free_port
from tests.plain_http.server import COMMAND, Server, ended, environment, serving

pytestmark = pytest.mark.slow

SLOW = "tests.plain_http.slow:app"
WITHOUT_GUNICORN = """
import sys
class Missing:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "gunicorn":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing)
from chalicekit import serve
sys.exit(serve.command(serve.main, sys.argv[1:]))
"""


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path, target=SLOW) as server:
        yield server


def until_begun(server: Server, count: int) -> None:
    """Return once so many slow requests have reached their view."""
    deadline = time.monotonic() + 10
    while server.output.count("Begun") < count:
        assert time.monotonic() < deadline, server.output
        time.sleep(0.02)


def until_workers(server: Server, before: set[int]) -> set[int]:
    """The two processes that answer, once there are so many and one at most is of those before."""
    deadline = time.monotonic() + 10
    while len(now := set(server.workers())) != 2 or len(now & before) > 1:
        assert time.monotonic() < deadline, (now, before)
        time.sleep(0.02)
    return now


def refused(*arguments: str, command: Sequence[str] = COMMAND, **env: str) -> str:
    """What a server says that does not start."""
    done = subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.strip()


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("PORT", "http", "PORT=http: set a whole number from 0 to 65535."),
        ("PORT", "65536", "PORT=65536: set a whole number from 0 to 65535."),
        ("PORT", "9" * 5000, f"PORT={'9' * 5000}: set a whole number from 0 to 65535."),
        ("PORT", "000000000001", "PORT=000000000001: set a whole number from 0 to 65535."),
        ("PORT", "-1", "PORT=-1: set a whole number from 0 to 65535."),
        ("WEB_CONCURRENCY", "0", "WEB_CONCURRENCY=0: set a whole number from 1 to 64."),
        ("WEB_CONCURRENCY", "two", "WEB_CONCURRENCY=two: set a whole number from 1 to 64."),
        ("THREADS", "65", "THREADS=65: set a whole number from 1 to 64."),
        ("HOST", "no.such.invalid", "HOST=no.such.invalid: there is no such address."),
        ("HOST", "192.0.2.1", "HOST=192.0.2.1: there is no such address on this machine."),
        (
            "AUTH",
            "",
            (
                "Set AUTH_ISSUER and AUTH_AUDIENCE to say whose tokens are accepted, "
                "or AUTH=none to serve this stage without authentication."
            ),
        ),
        ("STAGE", "", "Set APP_NAME and STAGE: table names are made from them."),
        ("AWS_REGION", "", "Set AWS_REGION to the region of the tables."),
        ("AWS_ENDPOINT_URL", "none", "DynamoDB cannot be asked: Invalid endpoint: none."),
        ("AWS_PROFILE", "none", "The config profile (none) could not be found."),
    ],
)
def test_a_wrong_setting_is_one_line(name: str, value: str, line: str) -> None:
    given = {"PORT": str(free_port()), name: value}
    assert refused(command=COMMAND, **given) == line


def test_a_taken_port_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = f"Port {port} is taken: set PORT to another one."
        assert refused(PORT=str(port)) == line


@pytest.mark.parametrize(
    ("named", "line"),
    [
        ("no_such", "no_such cannot be imported (ModuleNotFoundError: No module named 'no_such')"),
        ("app:nothing", "app:nothing cannot be imported (AttributeError: module 'app' has no"),
        ("app:__name__", "app:__name__ is no API: name one as module:app."),
        ("--help", "usage: python -m chalicekit.serve [module:app]"),
    ],
)
def test_an_app_that_cannot_be_had_is_one_line(named: str, line: str) -> None:
    assert refused(named, PORT=str(free_port())).startswith(line)


def test_without_gunicorn_a_line_says_so() -> None:
    command = [sys.executable, "-c", WITHOUT_GUNICORN]
    line = "gunicorn is not installed: pip install gunicorn."
    assert refused(command=command, PORT=str(free_port())) == line


def test_a_start_says_where_and_nothing_else(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, PORT=str(port), WEB_CONCURRENCY="", HOST="") as server:
        first, *lines = server.output.splitlines()
        assert first == f"Serving at http://127.0.0.1:{port}"
        assert [line for line in lines if '"event":"request"' not in line] == []


def test_a_plain_view_sees_its_own_request(slow: Server) -> None:
    """Chalice keeps one current request for an app, which its threads would share."""

    def asked(whose: int) -> list[str]:
        with requests.Session() as session:
            headers = {"X-Whose": str(whose)}
            answers = [
                session.get(f"{slow.url}/whose", headers=headers, timeout=10) for _ in range(10)
            ]
        return [answer.json()["whose"] for answer in answers]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(asked, range(6))) == [[str(n)] * 10 for n in range(6)]


def test_sigterm_answers_what_runs_and_takes_no_more(slow: Server) -> None:
    with ThreadPoolExecutor(8) as pool, requests.Session() as idle:
        assert idle.get(f"{slow.url}/health", timeout=5).ok  # a connection that is kept
        silent = socket.create_connection(slow.address)
        running = [pool.submit(slow.get, "/slowly?seconds=2") for _ in range(4)]
        until_begun(slow, 4)
        begun = time.monotonic()
        slow.process.terminate()
        time.sleep(0.5)
        with pytest.raises(requests.ConnectionError):
            slow.get("/health")
        assert [answer.result().status_code for answer in running] == [200] * 4
        assert slow.process.wait(timeout=10) == 0
        assert time.monotonic() - begun < 8
        silent.close()
    assert "Traceback" not in slow.output


def test_sigterm_ends_it_in_time_whatever_runs(slow: Server) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(slow.get, "/slowly?seconds=60")
        until_begun(slow, 1)
        pids = slow.workers()
        begun = time.monotonic()
        slow.process.terminate()
        assert slow.process.wait(timeout=20) == 0
        assert time.monotonic() - begun < 10  # Docker's and Cloud Run's patience
    assert ended(pids)


def test_ctrl_c_is_quiet_and_quick(slow: Server) -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(slow.get, "/slowly?seconds=1")
        until_begun(slow, 1)
        before, begun = slow.output, time.monotonic()
        slow.ctrl_c()
        assert slow.process.wait(timeout=10) == 0
        assert time.monotonic() - begun < 3
        assert running.result().status_code == 200
    said = slow.output.removeprefix(before)
    assert [line for line in said.splitlines() if '"event":"request"' not in line] == []


def test_a_killed_process_is_replaced(tmp_path: Path) -> None:
    with serving(tmp_path, target=SLOW, WEB_CONCURRENCY="2") as server:
        before = until_workers(server, set())  # one may answer before the other is there
        with pytest.raises(requests.ConnectionError):
            server.get("/killed")
        assert len(until_workers(server, before) & before) == 1
        assert server.get("/health").status_code == 200
        (line,) = [line for line in server.lines if line["event"] == "server"]
        assert "SIGKILL" in str(line["detail"])


def test_killed_itself_it_leaves_nothing(slow: Server) -> None:
    pids = slow.workers()
    os.kill(slow.process.pid, signal.SIGKILL)
    slow.process.wait()
    assert ended(pids)
    with pytest.raises(requests.ConnectionError):
        slow.get("/health")


def test_it_serves_ipv6_too(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, HOST="::", PORT=str(port)) as server:
        assert requests.get(f"http://[::1]:{port}/health", timeout=5).ok
        assert server.output.startswith(f"Serving at http://[::]:{port}\n")


def test_whatever_is_raised_is_answered_and_logged(tmp_path: Path) -> None:
    with serving(tmp_path, target="tests.plain_http.slow:broken") as server:
        answer = requests.get(server.url, headers={"X-Request-Id": "mine"}, timeout=5)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert answer.headers["X-Request-Id"] == "mine"
        logged = [line for line in server.lines if line["request_id"] == "mine"]
        assert [line["event"] for line in logged] == ["unforeseen", "refused"]
        assert logged[0]["exception"] == "RuntimeError"
        assert "SECRET" not in json.dumps(logged)
        assert "SECRET" not in answer.text
