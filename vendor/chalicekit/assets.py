"""Files that a page needs beside it, such as a library: made by `make assets`, kept compressed.

Beside them, index.json tells the version under which they are served and the type of each. Only a
view of such a page imports this: it is no part of a cold start.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from chalice.app import Response

from . import pages
from .answers import Headers, unchanged
from .call import Call
from .problems import Problem

INDEX = "index.json"
FOR_EVER = "public, max-age=31536000, immutable"  # a year: other files have another version


def version(folder: Path) -> str:
    """What stands in the path before their names; "" where they were not made yet."""
    return str(_index(folder).get("version", ""))


def answer(folder: Path, path: str, call: Call) -> Response:
    """The file of a path such as `5.35.0-0a1b2c3d/name.js`, as it was sent. Raises Problem, a 404.

    It goes out as it is kept, unless the client takes no gzip.
    """
    index = _index(folder)
    sent_version, _, name = path.partition("/")
    # By name, as index.json has it: no path of the client's reaches the disk.
    if sent_version != index.get("version") or name not in index["types"]:
        raise missing()
    weights = pages.weights(call.headers.get("accept-encoding", ""))
    zipped = weights.get("gzip", weights.get("*", 0.0)) > 0
    etag = f"{sent_version}-gzip" if zipped else sent_version
    headers: Headers = {"ETag": f'"{etag}"', "Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if unchanged(call, etag):
        return Response("", headers, 304)
    headers |= {"Content-Type": index["types"][name]}
    headers |= {"Cross-Origin-Resource-Policy": "same-origin"}
    try:
        kept = (folder / f"{name}.gz").read_bytes()
        if not zipped:
            return Response(gzip.decompress(kept), headers)
    except (OSError, EOFError):  # half of them were copied here
        raise missing() from None
    return Response(kept, headers | {"Content-Encoding": "gzip"})


def missing() -> Problem:
    return Problem("route_not_found", "Nothing is served at this path.")


def _index(folder: Path) -> dict[str, Any]:
    """Read anew each time: they may be made while a server runs. Empty where it is not whole."""
    try:
        found = json.loads((folder / INDEX).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("types"), dict) else {}
