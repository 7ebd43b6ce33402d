"""The Runtime API of the tests: it must not make a function look better than it is on Lambda."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engines import ROOT
from tests.images.container import Container
from tests.images.environment import Environment, Outcome
from tests.images.runtime import Invocation, Runtime
from tests.images.store import Store, base_name

HANDLERS = """
import os, time, pathlib

def echo(event, context):
    return {
        "event": event, "id": context.aws_request_id, "arn": context.invoked_function_arn,
        "left": context.get_remaining_time_in_millis(), "pid": os.getpid(),
        "variable": os.environ.get("VARIABLE"), "user": os.getuid(), "folder": os.getcwd(),
    }

def fail(event, context):
    print("about to fail")
    raise KeyError("no such thing")

def leave(event, context):
    os._exit(3)

def sleep(event, context):
    time.sleep(event)
    return "awake"

def large(event, context):
    return "x" * event

def write(event, context):
    pathlib.Path(event).write_text("")
    return "written"
"""

Start = Callable[..., Environment]


@pytest.fixture(scope="module")
def image(store: Store, tmp_path_factory: pytest.TempPathFactory) -> str:
    context = tmp_path_factory.mktemp("handlers")
    (context / "handlers.py").write_text(HANDLERS)
    (context / "Dockerfile").write_text(
        f'FROM {base_name()}\nCOPY handlers.py /var/task/\nCMD ["handlers.echo"]\n'
    )
    store.buildah("bud", "--tag", "handlers", str(context))
    return "handlers"


@pytest.fixture
def start(store: Store, image: str, tmp_path: Path) -> Iterator[Start]:
    """Starts an environment of a handler, with these settings."""
    started: list[Environment] = []
    containers: list[Container] = []

    def one(
        handler: str = "", variables: dict[str, str] | None = None, seconds: float = 29.0
    ) -> Environment:
        container = Container(store, image, [handler] if handler else [])
        containers.append(container)
        started.append(Environment(container, variables or {}, tmp_path, seconds=seconds))
        return started[-1]

    yield one
    for environment in started:
        environment.end()
    for container in containers:
        container.remove()


def said(outcome: Outcome) -> object:
    return json.loads(outcome.payload)


def test_the_images_own_command_is_called(start: Start) -> None:
    environment = start(variables={"VARIABLE": "a = 'b' $c\n"}, seconds=7)
    outcomes = [environment.invoke(json.dumps({"n": n, "text": "ü\n"}).encode()) for n in range(3)]
    answers = [json.loads(outcome.payload) for outcome in outcomes]
    assert [answer["event"] for answer in answers] == [{"n": n, "text": "ü\n"} for n in range(3)]
    assert len({answer["pid"] for answer in answers}) == 1
    assert len({answer["id"] for answer in answers}) == 3
    first = answers[0]
    assert (first["variable"], first["user"], first["folder"]) == ("a = 'b' $c\n", 993, "/var/task")
    assert first["arn"] == environment.arn
    assert 6000 < first["left"] <= 7000


def test_calls_are_not_slowed_down_by_small_packets(start: Start) -> None:
    environment = start()
    environment.invoke(b"0")
    begun = time.monotonic()
    for _ in range(50):
        environment.invoke(b"0")
    assert time.monotonic() - begun < 50 * 0.030  # 40 ms each with Nagle's algorithm


def test_a_handler_that_raises_is_a_failure_and_goes_on(start: Start) -> None:
    environment = start("handlers.fail")
    for _ in range(2):
        outcome = environment.invoke(b"{}")
        assert outcome.failed
        error = json.loads(outcome.payload)
        assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'no such thing'")
        assert "about to fail" in outcome.log
    assert not environment.ended


@pytest.mark.parametrize(
    ("handler", "kind", "message"),
    [
        ("nowhere.handler", "Runtime.ImportModuleError", "No module named 'nowhere'"),
        ("handlers.nothing", "Runtime.HandlerNotFound", "Handler 'nothing' missing"),
    ],
)
def test_a_start_that_fails_says_why(start: Start, handler: str, kind: str, message: str) -> None:
    environment = start(handler)
    outcome = environment.invoke(b"{}")
    error = json.loads(outcome.payload)
    assert outcome.failed
    assert error["errorType"] == kind
    assert message in error["errorMessage"]
    assert environment.ended


def test_a_process_that_leaves_is_a_failure(start: Start) -> None:
    environment = start("handlers.leave")
    outcome = environment.invoke(b"{}")
    error = json.loads(outcome.payload)
    assert outcome.failed
    assert error["errorType"] == "Runtime.ExitError"
    assert environment.ended


def test_a_slow_handler_is_killed(start: Start) -> None:
    environment = start("handlers.sleep", seconds=1.0)
    assert said(environment.invoke(b"0")) == "awake"
    begun = time.monotonic()
    outcome = environment.invoke(b"60")
    assert time.monotonic() - begun < 5
    assert outcome.failed
    error = json.loads(outcome.payload)
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert environment.ended


def test_an_answer_over_six_megabytes_is_refused(start: Start) -> None:
    environment = start("handlers.large")
    outcome = environment.invoke(b"6291554")  # and two quotes
    assert not outcome.failed
    assert len(outcome.payload) == 6_291_556
    outcome = environment.invoke(b"6291555")
    assert outcome.failed
    error = json.loads(outcome.payload)
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    assert "6291556 bytes" in error["errorMessage"]


def test_only_tmp_can_be_written_to(start: Start) -> None:
    environment = start("handlers.write")
    assert said(environment.invoke(b'"/tmp/mine"')) == "written"
    for path in ("/var/task/mine", "/mine", "/var/task/handlers.py"):
        outcome = environment.invoke(json.dumps(path).encode())
        assert (path, json.loads(outcome.payload)["errorType"]) == (path, "PermissionError")
    other = start("handlers.write")
    assert said(other.invoke(b'"/tmp/mine"')) == "written"


def test_environments_work_at_once(store: Store, image: str, tmp_path: Path) -> None:
    container = Container(store, image, ["handlers.sleep"])
    environments = [Environment(container, {}, tmp_path) for _ in range(3)]
    for environment in environments:
        environment.invoke(b"0")
    begun = time.monotonic()
    threads = [threading.Thread(target=each.invoke, args=(b"1",)) for each in environments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 < time.monotonic() - begun < 2
    for environment in environments:
        environment.end()


HOLDS = """
import sys
from pathlib import Path
from tests.images.container import Container
from tests.images.environment import Environment
from tests.images.store import opened

container = Container(opened(Path(sys.argv[1])), "handlers", ["handlers.sleep"])
environment = Environment(container, {"MARK": sys.argv[3]}, Path(sys.argv[2]))
environment.invoke(b"0")
print("started", flush=True)
environment.invoke(b"600")
"""


def test_nothing_is_left_when_the_tests_are_killed(
    store: Store, image: str, tmp_path: Path
) -> None:
    mark = f"mark-{os.getpid()}"
    command = [sys.executable, "-c", HOLDS, str(store.folder), str(tmp_path), mark]
    env = os.environ | {"PYTHONPATH": "vendor"}
    holder = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE)
    assert holder.stdout
    assert holder.stdout.readline() == b"started\n"
    assert marked(mark)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    deadline = time.monotonic() + 10
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert marked(mark) == []
    holder.stdout.close()


def marked(mark: str) -> list[str]:
    """The processes that have this variable."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            environment = (path / "environ").read_bytes()
        except OSError:  # it ended, or is a dead one that nobody has waited for
            continue
        if f"MARK={mark}".encode() in environment:
            found.append(path.name)
    return found


def test_an_answer_to_another_event_is_refused() -> None:
    runtime = Runtime()
    invocation = Invocation(b"{}", 1.0, "arn")
    runtime.give(invocation)
    connection = http.client.HTTPConnection(runtime.address, timeout=10)
    base = "/2018-06-01/runtime/invocation"
    assert ask(connection, "GET", f"{base}/next") == 200
    assert ask(connection, "POST", f"{base}/{'0' * 8}/response") == 400
    assert not invocation.done.is_set()
    assert ask(connection, "POST", f"{base}/{invocation.id}/response") == 202
    assert ask(connection, "POST", f"{base}/{invocation.id}/response") == 400
    assert ask(connection, "GET", "/2018-06-01/runtime/nothing") == 404
    connection.close()
    runtime.close()


def ask(connection: http.client.HTTPConnection, method: str, path: str) -> int:
    connection.request(method, path, body=b"{}" if method == "POST" else None)
    response = connection.getresponse()
    response.read()
    return response.status
