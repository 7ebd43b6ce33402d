"""`make image-run`: the image as an ordinary HTTP server on this machine, on the local AWS.

python -m tools.image.run --stage local --port 8000 [--engine podman]
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from threading import Thread
from types import FrameType
from typing import IO

from botocore.session import get_session

from tools import connect, refusals, stages
from tools.image.build import build, told
from tools.image.engines import Engine
from tools.local.localaws import LocalAwsError
from tools.local.run import TOP
from tools.refusals import Refusal

SERVE = ("python3", "-m", "chalicekit.serve")
HERE, ALL = "127.0.0.1", "0.0.0.0"  # the latter inside of a container of its own network
HANDED = (
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_REGION", "AWS_DEFAULT_REGION"),
    *("WEB_CONCURRENCY", "THREADS", "LOG_LEVEL"),
)
# What buildah adds, three times, about a program that failed: that one has said why.
ECHO = re.compile(
    rb"(Error: (while running runtime: )?exit status|subprocess exited with status) \d+"
)
END_SECONDS = 15.0  # the server gives its requests 9 of them


def main() -> None:
    parser = argparse.ArgumentParser(prog="make image-run", description=__doc__)
    parser.add_argument("--stage", default="local")
    parser.add_argument("--port", default="8000")
    parser.add_argument("--engine", default="")
    given = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a terminal or a pipe
    port = free(given.port)
    image = build(stages.read(given.stage), engine=given.engine)
    print("\n".join(told(image)))
    connect.enter_stage("local")
    try:
        print(connect.local(os.getpid()))
    except LocalAwsError as error:
        raise Refusal(str(error)) from None
    environment = inside(os.environ, image.engine, port)
    with image.engine.container(image.reference, SERVE, environment, port) as command:
        # The server itself says "Serving", once it does.
        print(f"Starting the image on http://{HERE}:{port}: Ctrl-C ends it.")
        sys.exit(serve(image.engine, command, os.environ | environment))


def free(text: str) -> int:
    """A port that can be served on. Raises Refusal."""
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) <= TOP):
        raise Refusal(f"PORT={text}: give a number from 1 to {TOP}.")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HERE, port))
        except OSError as error:
            other = port + 1 if 1024 <= port < TOP else 8000
            raise Refusal(
                f"Port {port} cannot be served on ({error.strerror}): "
                f"choose another, as by make image-run PORT={other}."
            ) from None
    return port


def inside(environment: Mapping[str, str], engine: Engine, port: int) -> dict[str, str]:
    """The variables of the container: stage local's settings, and the way to the local AWS."""
    settings = stages.read("local").environment
    found = settings | {name: environment[name] for name in HANDED if environment.get(name)}
    if credentials := get_session().get_credentials():  # of a profile, too: none is in there
        frozen = credentials.get_frozen_credentials()
        secrets = (frozen.access_key, frozen.secret_key, frozen.token)
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        found.update((name, secret) for name, secret in zip(names, secrets, strict=True) if secret)
    shared = engine.shares_network()
    if not shared:
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
            if name in found:
                for host in (f"//{HERE}", "//localhost"):
                    found[name] = found[name].replace(host, f"//{engine.machine}")
    return found | {"HOST": HERE if shared else ALL, "PORT": str(port)}


def serve(engine: Engine, command: list[str], environment: Mapping[str, str]) -> int:
    """Run it until it ends, or is asked to; gives the exit code: 0 where it was asked."""
    # In a session of its own: a terminal's Ctrl-C goes to this process, which hands it on.
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr
    errors = Thread(target=_show, args=(process.stderr,), daemon=True)
    errors.start()
    asked = []

    def hand_on(number: int, _: FrameType | None) -> None:
        asked.append(number)
        if len(asked) == 1:
            engine.end(process, number)
        else:
            os.killpg(process.pid, signal.SIGKILL)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, hand_on)
    while process.poll() is None:
        try:
            process.wait(timeout=END_SECONDS if asked else None)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    errors.join(timeout=1)  # what was left running may hold it open
    return 0 if asked else process.returncode


def _show(errors: IO[bytes]) -> None:
    for line in errors:
        if not ECHO.fullmatch(line.strip()):
            os.write(2, line)


if __name__ == "__main__":
    refusals.ended(main)
