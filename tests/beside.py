"""Routes for the tests alone, greedy and mounted, on every target but an API that runs already.

It needs nothing but the kit: a copy of the project that is deployed, or made an image of, has it
as chalicelib/beside.py.
"""

import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from chalicekit.endpoint import Call, Routes

routes = Routes(__name__, public=True)


@routes.any("/beside")
@routes.any("/beside/{proxy+}")
def files(call: Call) -> dict[str, str]:
    return {"method": call.method, "path": call.path, "proxy": call.proxy}


def _kind(path: str, methods: list[str], name: str) -> None:
    """A route of Chalice's own, which has the methods that it names, and says which one it is."""

    def tell(**_: str) -> dict[str, str]:
        return {"route": name}

    routes.route(path, methods=methods)(tell)


_kind("/beside-kinds/new", ["GET"], "literal")
_kind("/beside-kinds/{id}", ["GET", "DELETE"], "parameter")
_kind("/beside-kinds/{proxy+}", ["GET", "PUT"], "greedy")
_kind("/beside-kinds/deep/{proxy+}", ["GET"], "deeper")

EVERY_BYTE = bytes(range(256)) * 20
COOKIES = ["a=1; Path=/", "b=2; Expires=Thu, 26 Nov 2026 12:00:00 GMT"]


def as_bytes(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application: bytes out, the bytes that came in again, and what they were."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    kind, headers = "application/octet-stream", [("X-Type-Was", environ.get("CONTENT_TYPE", ""))]
    match environ["PATH_INFO"]:
        case "/file":
            kind, body = "image/png", EVERY_BYTE
        case "/cookies":
            headers += [("Set-Cookie", cookie) for cookie in COOKIES]
        case "/digest":
            told = {"size": len(body), "sha256": sha256(body).hexdigest()}
            kind, body = "application/json", json.dumps(told).encode()
    start("200 OK", [("Content-Type", kind), *headers])
    return [body]


routes.mount("/beside-bytes", as_bytes)  # public, as these routes are
