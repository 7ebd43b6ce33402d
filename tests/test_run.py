"""`make run` and `chalice local` as a developer uses them, on a copy of the project.

Nothing here may reach the network: proxies that do not exist stand in the environment.
"""

import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
import requests

from tests.engines import free_port

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = "http://127.0.0.1:9"
# Of a developer with a proxy, an account and another region: none of it may matter locally.
ENVIRONMENT = {
    "HTTP_PROXY": NOWHERE,
    "HTTPS_PROXY": NOWHERE,
    "PIP_INDEX_URL": NOWHERE,
    "AWS_PROFILE": "does-not-exist",
    "AWS_REGION": "eu-west-1",
}
WARE = ("app.py", "chalicelib", "vendor", "infra", "tools", ".chalice", "Makefile")
ADA = {"id": "ada", "name": "Ada", "email": "ada@example.com"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="finds processes in /proc"),
]


class Clone:
    """A copy of the project, installed. Ends at `close` whatever it still has running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: list[Server] = []
        ignored = shutil.ignore_patterns("__pycache__", "deployments")
        for name in WARE:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=ignored)
            else:
                shutil.copy(source, folder / name)
        for file in ROOT.glob("requirements*.txt"):
            shutil.copy(file, folder)
        for installed in (".venv", ".venv-ministack"):
            (folder / installed).symlink_to((ROOT / installed).resolve())

    def make(self, *arguments: str) -> "Server":
        """`make run` with these variables."""
        port = free_port()
        return Server(self, ["make", "run", f"PORT={port}", *arguments], port)

    def chalice(self, *arguments: str, **env: str) -> "Server":
        """`chalice local` with these options."""
        port = free_port()
        command = [str(self.folder / ".venv/bin/chalice"), "local", "--port", str(port)]
        return Server(self, [*command, *arguments], port, env)

    def processes(self) -> list[int]:
        """All that run in the clone's folder."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (process / "cwd").readlink() == self.folder:
                    found.append(int(process.name))
        return found

    def kill(self, *pids: int) -> None:
        for pid in pids or self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        self.kill()
        for server in self.servers:
            server.wait()

    def ended(self) -> bool:
        return not self.processes()

    def aws(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads((self.folder / ".local/aws.json").read_text())
        return status


class Server:
    """A command that serves, in a session of its own, as a terminal gives it one."""

    def __init__(
        self, clone: Clone, command: list[str], port: int, env: dict[str, str] | None = None
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self._log = clone.folder / f"{port}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=clone.folder,
                env={k: v for k, v in (os.environ | ENVIRONMENT | (env or {})).items() if v},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        clone.servers.append(self)

    @property
    def output(self) -> str:
        return self._log.read_text()

    def serving(self) -> "Server":
        until(self._answers, 30, lambda: self.output)
        return self

    def ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self) -> int:
        return self.process.wait(timeout=30)

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, timeout=10)

    def names(self) -> list[str]:
        return [user["name"] for user in self.get("/users").json()["items"]]

    def post(self, **user: str) -> requests.Response:
        return requests.post(f"{self.url}/users", json=user, timeout=10)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.output
        with suppress(requests.ConnectionError):
            return self.get("/health").ok
        return False


def until(
    condition: Callable[[], bool], seconds: float = 10, told: Callable[[], str] = lambda: ""
) -> None:
    """Return once it holds; fail with what `told` gives when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, told()
        time.sleep(0.05)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clone]:
    # MAKE: what `make test` tells the makes below it.
    for name in [name for name in os.environ if name.startswith(("AWS_", "MAKE"))]:
        monkeypatch.delenv(name)
    clone = Clone(tmp_path)
    yield clone
    clone.close()


def test_make_run_serves_and_the_next_one_finds_the_data(clone: Clone) -> None:
    server = clone.make().serving()
    assert server.post(**ADA).status_code == 201
    aws = clone.aws()["url"]
    assert f"Local AWS: {aws}" in server.output
    assert "AUTH=none" in server.output
    assert "Installing" not in server.output

    server.ctrl_c()
    server.wait()
    until(clone.ended)
    assert "Traceback" not in server.output

    again = clone.make().serving()
    assert again.names() == ["Ada"]
    assert again.post(**ADA).json()["code"] == "id_taken"


def test_servers_of_one_clone_share_a_local_aws_until_the_last_has_ended(clone: Clone) -> None:
    one, two = clone.make(), clone.chalice("--no-autoreload")
    one.serving().post(**ADA)
    assert two.serving().names() == ["Ada"]
    ministack = clone.aws()["pid"]

    one.process.kill()  # `make` alone; then Chalice's parent process, which came before its worker
    one.wait()
    clone.kill(min(pid for pid in clone.processes() if pid not in {ministack, two.process.pid}))
    until(lambda: set(clone.processes()) == {ministack, two.process.pid})
    assert two.names() == ["Ada"]
    assert clone.aws()["pid"] == ministack

    two.process.kill()
    two.wait()
    until(clone.ended)


def test_when_everything_is_killed_at_once_only_the_last_seconds_are_lost(clone: Clone) -> None:
    server = clone.make().serving()
    server.post(**ADA)
    state = clone.folder / ".local/state/dynamodb.json"
    until(lambda: state.exists() and "ada@example.com" in state.read_text())
    clone.kill()
    server.wait()
    until(clone.ended)
    assert clone.make().serving().names() == ["Ada"]


def test_plain_chalice_local_is_the_local_stage_with_its_own_aws(clone: Clone) -> None:
    server = clone.chalice().serving()
    assert server.post(**ADA).status_code == 201
    answer = requests.get(
        f"{server.url}/users", headers={"Origin": "http://localhost:5173"}, timeout=10
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"

    server.process.terminate()  # Chalice's parent tells its worker nothing
    server.wait()
    until(clone.ended)


def test_a_closed_terminal_ends_everything(clone: Clone) -> None:
    port = free_port()
    # The terminal is this Python's end of it. `make` leads the session, as behind `ssh -t`.
    terminal = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])"]
    server = Server(clone, [*terminal, "make", "run", f"PORT={port}"], port).serving()
    server.process.kill()
    server.wait()
    until(clone.ended)


def test_what_an_earlier_start_left_is_repaired(clone: Clone) -> None:
    def seed() -> str:
        done = subprocess.run(
            ["make", "seed", "N=5"],
            cwd=clone.folder,
            env=os.environ | ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        until(clone.ended)
        return done.stdout.splitlines()[-1]

    assert seed() == "5 users, 0 of them were there already."
    local = clone.folder / ".local"
    (local / "aws.json").write_text("{")
    (local / "owners/999999").write_text("1")
    (local / "state/cloudformation.json").unlink()  # tables without their stack
    assert seed() == "5 users, 5 of them were there already."
    (local / "aws.json").write_text('{"url": "http://127.0.0.1:9", "pid": 999999, "identity": "1"}')
    (local / "state/dynamodb.json").unlink()  # a stack without its tables
    assert seed() == "5 users, 0 of them were there already."


def test_a_taken_port_is_one_line(clone: Clone) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        made = Server(clone, ["make", "run", f"PORT={port}"], port)
        assert made.wait() != 0
        lines = [line for line in made.output.splitlines() if not line.startswith("make")]
        assert len(lines) == 1
        assert f"Port {port} " in lines[0]
        assert f"make run PORT={port + 1}" in lines[0]

        plain = Server(clone, [".venv/bin/chalice", "local", "--port", str(port)], port)
        plain.wait()
        assert plain.output.splitlines() == lines
    until(clone.ended)


def test_an_edit_reloads_keeps_the_data_and_may_be_wrong(clone: Clone) -> None:
    server = clone.make().serving()
    server.post(**ADA)
    ministack = clone.aws()["pid"]
    home = clone.folder / "chalicelib/home.py"
    good = home.read_text()

    home.write_text(good.replace('"status": "ok"', '"status": "edited"'))
    until(lambda: _status(server) == "edited", told=lambda: server.output)
    assert server.names() == ["Ada"]
    assert clone.aws()["pid"] == ministack

    home.write_text(good + "\ndef broken(:\n")
    until(lambda: "SyntaxError" in server.output)
    home.write_text(good + "\nbroken\n")
    until(lambda: "NameError" in server.output)
    tables = clone.folder / "infra/data.json"
    whole = tables.read_text()
    tables.write_text(whole[:-9])
    until(lambda: "infra/data.json: Expecting" in server.output)
    tables.write_text(whole)
    until(lambda: server.output.count("NameError") == 2)  # the other one is still there
    assert _status(server) == "edited"
    assert server.output.count("Not reloaded") == 4

    home.write_text(good)
    until(lambda: _status(server) == "ok", told=lambda: server.output)
    assert server.names() == ["Ada"]
    assert "Exception in thread" not in server.output

    state = clone.folder / ".local/state/dynamodb.json"
    until(state.exists)
    server.post(name="Bo", email="bo@example.com")
    until(lambda: "bo@example.com" in state.read_text())
    time.sleep(1)  # Chalice's own watcher would have seen the file by now.
    assert server.output.count("Reloading") == 2


def _status(server: Server) -> str:
    with suppress(requests.ConnectionError):
        status: str = server.get("/health").json()["status"]
        return status
    return ""


def test_latency_and_errors_are_injected(clone: Clone) -> None:
    server = clone.make("LATENCY=300", "ERRORS=100")
    until(lambda: "Serving on" in server.output, 30, lambda: server.output)
    begun = time.monotonic()
    answer = requests.post(
        f"{server.url}/users", json=ADA, headers={"Origin": "http://localhost:5173"}, timeout=10
    )
    assert time.monotonic() - begun >= 0.3
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    preflight = requests.options(
        f"{server.url}/users",
        headers={"Origin": "http://localhost:5173", "Access-Control-Request-Method": "POST"},
        timeout=10,
    )
    assert preflight.status_code == 204
    server.ctrl_c()
    server.wait()

    wrong = clone.make("ERRORS=many")
    wrong.wait()
    assert "ERRORS=many: give a number from 0 to 100." in wrong.output


class Recorder(http.server.BaseHTTPRequestHandler):
    """Stands where AWS would, and refuses everything."""

    seen: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((body["TableName"], self.headers["Authorization"]))
        self.send_response(400)
        self.end_headers()
        self.wfile.write(b'{"__type": "com.amazonaws#AccessDeniedException"}')

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_local_aws_off_serves_the_real_tables_of_the_stage(clone: Clone) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as aws:
        Thread(target=aws.serve_forever, daemon=True).start()
        server = clone.chalice(
            "--no-autoreload",
            LOCAL_AWS="off",
            AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{aws.server_port}",
            AWS_PROFILE="",  # unset
            AWS_ACCESS_KEY_ID="mine",
            AWS_SECRET_ACCESS_KEY="mine",
            AWS_DEFAULT_REGION="eu-west-1",
            NO_PROXY="127.0.0.1",
        ).serving()
        assert "tables of stage dev" in server.output
        assert server.get("/users").json()["code"] == "unavailable"
        aws.shutdown()
    (table, authorization) = Recorder.seen[0]
    assert table == "users-api-dev-users"
    assert "Credential=mine/" in authorization
    assert "/eu-west-1/dynamodb/" in authorization
    assert not (clone.folder / ".local/aws.json").exists()
