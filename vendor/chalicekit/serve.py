"""Serve the API by plain HTTP: python -m chalicekit.serve [module:app]

For a laptop or a container platform. The environment says where: HOST, PORT, and by how many
processes and threads: WEB_CONCURRENCY, THREADS. gunicorn does it; on Lambda it is not installed.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError
from botocore.session import get_session

from . import dynamodb, settings, wsgi

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

HOST, PORT, PROCESSES, THREADS = "127.0.0.1", 8000, 1, 8
WAITING = 1024  # connections that nobody has taken yet


class Refusal(Exception):
    """It cannot be served; the message is one line that says what to do."""


def main(target: str = "app:app") -> None:
    """Serve until SIGTERM or Ctrl-C."""
    processes = _number("WEB_CONCURRENCY", PROCESSES, 1, 64)
    threads = _number("THREADS", THREADS, 1, 64)
    port = _number("PORT", PORT, 0, 65535)
    # gunicorn reads it while it is imported, and takes no empty one.
    os.environ["WEB_CONCURRENCY"] = str(processes)
    _check_settings()
    application = wsgi.application(_loaded(target))
    listening = _listening(os.environ.get("HOST") or HOST, port)
    _run(application, listening, processes, threads)


def _number(name: str, default: int, least: int, most: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and least <= int(text) <= most):
        raise Refusal(f"{name}={text}: set a whole number from {least} to {most}.")
    return int(text)


def _check_settings() -> None:
    """Refuse what would only answer 503: a container that ends at once shows that at once."""
    try:
        refusing = settings.current().refusing
    except settings.SettingError as error:
        raise Refusal(_sentence(str(error))) from None
    if refusing:
        raise Refusal(_sentence(refusing))
    session = get_session()
    try:
        region = session.get_config_variable("region") or os.environ.get("AWS_REGION")
    except BotoCoreError as error:
        raise Refusal(_sentence(str(error))) from None
    if not region:
        raise Refusal("Set AWS_REGION to the region of the tables.")
    try:
        dynamodb.client()
    except (BotoCoreError, ValueError) as error:  # else each process would end as it begins
        raise Refusal(_sentence(f"DynamoDB cannot be asked: {error}")) from None
    dynamodb.reset()  # each process makes its own


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _loaded(target: str) -> wsgi.Lambda:
    module, _, name = target.partition(":")
    try:
        found = getattr(import_module(module), name or "app")
    except Exception as error:  # noqa: BLE001 - whatever a module raises is told in a line
        said = f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(".: ")
        raise Refusal(f"{target} cannot be imported ({said}): correct it.") from None
    if not callable(found):
        raise Refusal(f"{target} is no API: name one as module:app.")
    api: wsgi.Lambda = found
    return api


def _listening(host: str, port: int) -> socket.socket:
    """The socket to serve; bound before gunicorn starts, which would try five times."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    try:
        socket.getaddrinfo(host, port, family)
        return socket.create_server(
            (host, port), family=family, backlog=WAITING, dualstack_ipv6=both
        )
    except socket.gaierror:
        raise Refusal(f"HOST={host}: there is no such address.") from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise Refusal(f"HOST={host}: there is no such address on this machine.") from None
        if error.errno == errno.EADDRINUSE:
            raise Refusal(f"Port {port} is taken: set PORT to another one.") from None
        if error.errno == errno.EACCES:
            raise Refusal(f"Port {port} is not allowed to this user: set PORT=8000.") from None
        raise Refusal(f"HOST={host}, PORT={port}: {error.strerror}.") from None


def _run(
    application: WSGIApplication, listening: socket.socket, processes: int, threads: int
) -> None:
    try:
        from . import server
    except ModuleNotFoundError as error:
        raise Refusal(f"{error}.") from None
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    given = {
        "bind": f"fd://{listening.detach()}",
        "workers": processes,
        "threads": threads,
        "when_ready": lambda _: print(f"Serving at http://{shown}", flush=True),  # noqa: T201 - told to who started it
    }
    server.Server(application, given).run()


def command(serve: Callable[..., None], arguments: list[str]) -> Any:
    """Run it; gives what the process ends with."""
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        return "usage: python -m chalicekit.serve [module:app]"
    # Process 1, as in a container, ignores a signal without a handler; gunicorn sets its own.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        serve(*arguments)
    except Refusal as refusal:
        return str(refusal)
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(command(main, sys.argv[1:]))
