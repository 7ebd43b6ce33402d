"""`make image-run` without an engine: the port, what is handed over, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.engines import ROOT
from tests.image.engine import FakeEngine
from tools import connect
from tools.image import run
from tools.image.podman import Podman
from tools.refusals import Refusal

# A server as the engine's command would be: it tells how it was asked to end.
SERVER = """
import os, signal, sys, time
def ended(number, frame):
    os.write(1, f"asked {{number}}\\n".encode())
    time.sleep({slow})
    sys.exit(7)
signal.signal(signal.SIGINT, ended)
signal.signal(signal.SIGTERM, ended)
os.write(1, b"up\\n")
time.sleep(60)
"""
STARTED = """
import sys
from tools.image import run
from tools.image.podman import Podman
sys.exit(run.serve(Podman(), [sys.executable, "-c", sys.argv[1]], {}))
"""


def refusal(port: str) -> str:
    with pytest.raises(Refusal) as raised:
        run.free(port)
    return str(raised.value)


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = port + 1 if port < 65535 else 8000
        assert refusal(str(port)) == (
            f"Port {port} cannot be served on (Address already in use): "
            f"choose another, as by make image-run PORT={other}."
        )


@pytest.mark.parametrize("port", ["", "0", "65536", "http", "-1", "\u0663", "8000 "])
def test_a_port_that_is_none_is_one_line(port: str) -> None:
    assert refusal(port) == f"PORT={port}: give a number from 1 to 65535."


@pytest.fixture
def podman(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Podman:
    FakeEngine("podman", tmp_path, monkeypatch)
    monkeypatch.setattr(sys, "platform", request.param)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return Podman()


HERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_REGION": "us-east-1", "THREADS": "2"}
SETTINGS = connect.environment("local") | {
    "AWS_ACCESS_KEY_ID": "mine",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "PORT": "8001",
}


@pytest.mark.parametrize("podman", ["linux"], indirect=True)
def test_on_linux_it_is_reached_as_any_local_server(podman: Podman) -> None:
    environment = HERE | {"HOME": "/home/me", "STAGE": "dev"}
    assert run.inside(environment, podman, 8001) == SETTINGS | HERE | {"HOST": "127.0.0.1"}


@pytest.mark.parametrize("podman", ["darwin"], indirect=True)
def test_elsewhere_it_reaches_this_machine_by_its_name(podman: Podman) -> None:
    endpoints = {"AWS_ENDPOINT_URL_DYNAMODB": "http://localhost:8042"}
    handed = run.inside(HERE | endpoints, podman, 8001)
    assert handed["AWS_ENDPOINT_URL"] == "http://host.containers.internal:4566"
    assert handed["AWS_ENDPOINT_URL_DYNAMODB"] == "http://host.containers.internal:8042"
    assert handed["HOST"] == "0.0.0.0"


def test_that_it_serves_is_said_by_the_server_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not yet by make: the container may fail, or take a while."""
    engine = SimpleNamespace(container=lambda *_: nullcontext(["true"]))
    image = SimpleNamespace(engine=engine, reference="api")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    monkeypatch.setattr(run, "build", lambda *_, **__: image)
    monkeypatch.setattr(run, "told", lambda _: ["Built."])
    monkeypatch.setattr(connect, "enter_stage", lambda _: None)
    monkeypatch.setattr(connect, "local", lambda _: "A local AWS.")
    monkeypatch.setattr(run, "inside", lambda *_: {})
    monkeypatch.setattr(run, "serve", lambda *_: 0)
    monkeypatch.setattr(sys, "argv", ["image-run", "--port", str(port)])
    with pytest.raises(SystemExit):
        run.main()
    *_, last = capsys.readouterr().out.splitlines()
    assert last == f"Starting the image on http://127.0.0.1:{port}: Ctrl-C ends it."


def started(slow: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", STARTED, SERVER.format(slow=slow)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_as_it_is_asked_to(number: signal.Signals) -> None:
    with started(slow=0) as process:
        process.send_signal(number)
        out, _ = process.communicate(timeout=20)
    assert out == f"asked {number}\n"
    assert process.returncode == 0


def test_a_second_ctrl_c_does_not_wait() -> None:
    with started(slow=50) as process:
        assert process.stdout
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == f"asked {signal.SIGINT}\n"
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert time.monotonic() - begun < 10
    assert process.returncode == 0


def test_a_server_that_fails_hands_its_code_on() -> None:
    command = [sys.executable, "-c", STARTED, "import sys; sys.exit(3)"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 3


def test_of_a_server_that_fails_only_its_own_line_is_shown() -> None:
    """The engine, such as buildah, says it three times more."""
    said = ["Set AUTH.", "subprocess exited with status 1", "Error: exit status 1", "exit status"]
    program = f"import sys; sys.stderr.write({chr(10).join(said)!r}); sys.exit(1)"
    command = [sys.executable, "-c", STARTED, program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Set AUTH.\nexit status")
