"""`make run`: `chalice local` on the local AWS, after a look at what would stop it.

.venv/bin/python -m tools.run --port 8000
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys

from tools import localaws, watch


def main() -> None:
    """Become `chalice local`. Ends with one line where it could not serve."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C this early needs no trace.
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    if reason := port_taken(port):
        sys.exit(reason)
    if wrong := watch.problem():
        sys.exit(f"{wrong}\nCorrect this, and run again.")
    # By its path: the reloader starts what stands in argv[0] again.
    chalice = str(localaws.ROOT / ".venv/bin/chalice")
    os.chdir(localaws.ROOT)
    os.execv(chalice, [chalice, "local", "--stage", "local", "--port", str(port)])


def port_taken(port: int) -> str:
    """Why nothing can be served on this port; "" where it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return taken(port, error)
        except OverflowError:
            return f"PORT={port}: give a number from 1024 to 65535."
    return ""


def taken(port: int, error: OSError) -> str:
    """The line for a port that cannot be served on."""
    return (
        f"Port {port} cannot be served on ({error.strerror}). "
        f"Choose another: make run PORT={port + 1}, or chalice local --port {port + 1}."
    )


if __name__ == "__main__":
    main()
