"""WSGI applications, such as those of Flask and Django, each below a path: a line mounts one.

    routes.mount("/shop", "shop.app:create_app()", scope="shop")

Without a scope it is for whoever has a token, with `public=True` for everybody. docs/mounts.md
tells what else to think of.
"""

from collections.abc import Callable, Iterable
from typing import Any

from chalicekit.endpoint import Routes

routes = Routes(__name__)


def greet(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Say where it is mounted, and what it was asked for: a WSGI application of three lines."""
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    place = f"{environ['SCRIPT_NAME']} {environ['PATH_INFO'] or '/'}\n"
    return [b"Greetings from ", place.encode("latin-1")]


routes.mount("/greeting", greet, public=True)
