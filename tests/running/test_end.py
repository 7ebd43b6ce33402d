"""Every way to end leaves no process, and the data."""

import os
import subprocess
import sys

from tests.engines import free_port
from tests.running.clone import ADA, ENVIRONMENT, Clone, Server, until


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
