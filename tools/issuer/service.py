"""This clone's issuer: where it is, and served for as long as one of the clone's servers lives.

Each process that needs it tries to take its port; whoever has it serves, and the next one follows
where that ends. Its key is in a file, so whose turn it is makes no difference to a token.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from threading import Thread

from tools.issuer import store
from tools.issuer.issuer import KEYS, Issuer
from tools.issuer.server import Server
from tools.local import ports

CLIENT = "pages"
PORT = 9400
LOOK_SECONDS = 0.5


def begin(environ: Mapping[str, str]) -> Issuer:
    """This clone's issuer, served from now on until this process ends. Raises Refusal."""
    found = issuer(environ)
    if not _serve(found):
        Thread(target=_follow, args=(found,), daemon=True).start()
    return found


def issuer(environ: Mapping[str, str]) -> Issuer:
    """This clone's issuer, for the API that an environment describes. Raises Refusal."""
    audiences = environ.get("AUTH_AUDIENCE", "").replace(",", " ").split()
    return Issuer(
        url=f"http://127.0.0.1:{_port()}",
        audiences=tuple(audiences or [environ["APP_NAME"]]),
        client_id=environ.get("AUTH_CLIENT_ID") or CLIENT,
    )


def _port() -> int:
    """The port of this clone: the same each time, unless something else has taken it."""
    with store.lock():
        before = store.port()
        port = before or PORT
        if not ports.free(port) and not _ours(port):
            port = ports.unused()
            if before:
                print(
                    f"Port {before} is taken: the local issuer is now on {port}, "
                    "and no token from before is accepted any more.",
                    file=sys.stderr,
                    flush=True,
                )
        if port != before:
            store.keep_port(port)
        return port


def _ours(port: int) -> bool:
    """Whether the issuer that serves there has this clone's key."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://127.0.0.1:{port}{KEYS}", timeout=2) as answer:
            return bool(json.load(answer)["keys"] == [store.public(store.key())])
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return False


def _serve(found: Issuer) -> bool:
    """Serve it, unless something has its port; says whether this process now does."""
    try:
        server = Server(found)
    except OSError:
        return False
    Thread(target=server.serve_forever, daemon=True).start()
    return True


def _follow(found: Issuer) -> None:
    while not _serve(found):
        time.sleep(LOOK_SECONDS)
