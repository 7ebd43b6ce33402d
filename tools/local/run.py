"""`make run`: `chalice local` on the local AWS, after a look at what would stop it.

.venv/bin/python -m tools.local.run --port 8000
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys

from tools import assets, checks, connect
from tools.local import callers, watch
from tools.refusals import Refusal

TOP = 65535


def main() -> None:
    """Serve until Ctrl-C. Ends with one line, and exit code 1, where it cannot."""
    # No trace of whatever Ctrl-C interrupts, in Chalice's parent and in its worker.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="8000")
    port = parser.parse_args().port
    os.chdir(checks.ROOT)
    if "CHALICE_WORKER" not in os.environ:
        if reason := refusal(port):
            sys.exit(reason)
        for line in assets.tried():
            print(line)
        serve_issuer()
    from chalice.cli import cli

    # Chalice's parent starts this again as its worker; what stands there is made to be a command.
    sys.argv = [sys.executable, "-m", "tools.local.run", "--port", port]
    cli(["local", "--stage", "local", "--port", port], prog_name="chalice", obj={})


def serve_issuer() -> None:
    """Where AUTH_ISSUER=local, serve it here: this process outlives the workers that reload."""
    environ = os.environ | connect.environment("local")
    if environ.get("AUTH_ISSUER") != callers.LOCAL:
        return
    from tools.issuer import service  # PyJWT and cryptography: not for an API that is open

    try:
        service.begin(environ)
    except Refusal as refusal:
        sys.exit(str(refusal))


def refusal(port: str) -> str:
    """Why this cannot be served; "" where it can."""
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) <= TOP):
        return f"PORT={port}: give a number from 1 to {TOP}."
    if reason := port_taken(int(port)):
        return reason
    if wrong := checks.problem(watch.files()):
        return f"{wrong}\nCorrect this, and run again." if "\n" in wrong else wrong
    from tools.local import faults

    try:
        faults.asked()
    except faults.FaultError as error:
        return str(error)
    return ""


def port_taken(port: int) -> str:
    """Why nothing can be served on this port; "" where it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return taken(port, error)
    return ""


def taken(port: int, error: OSError) -> str:
    """The line for a port that cannot be served on."""
    other = port + 1 if 1024 <= port < TOP else 8000
    return (
        f"Port {port} cannot be served on ({error.strerror}). "
        f"Choose another: make run PORT={other}, or .venv/bin/chalice local --port {other}"
    )


if __name__ == "__main__":
    main()
