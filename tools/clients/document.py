"""The OpenAPI document that clients are made from."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tools import bearer
from tools.refusals import Refusal

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 40  # without a byte
MOST = 20_000_000  # bytes of a document
# In a process of its own: the app reads its settings from the environment, once.
PRINT = ("-m", "tools.openapi", "--print")


def of_this() -> Json:
    """What the views as they stand give. Raises Refusal."""
    # Nothing of the caller's: an AUTH_ISSUER would stand in the document.
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "vendor")}
    done = subprocess.run(
        [sys.executable, *PRINT], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refusal(f"The views give no document: {done.stderr.strip().splitlines()[-1]}")
    found: Json = json.loads(done.stdout)
    return found


def of(url: str) -> Json:
    """That of a running API. Raises Refusal."""
    address = f"{url.rstrip('/')}/openapi.json"
    try:
        request = Request(address)
        for name, value in bearer.headers().items():
            request.add_unredirected_header(name, value)  # nobody else is to have the token
        with urlopen(request, timeout=SECONDS) as answer:
            text = answer.read(MOST + 1)
        found = json.loads(text) if len(text) <= MOST else None
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        reason = getattr(error, "reason", error)  # what urllib wraps
        raise Refusal(f"There is no document at {_shown(address)}: {reason}") from None
    if not isinstance(found, dict) or not (_object(found, "paths") and _object(found, "info")):
        raise Refusal(f"What is at {_shown(address)} is no OpenAPI document.")
    if (away := _away(found)) is not None:  # openapi-typescript would read files, and ask others
        raise Refusal(
            f"A $ref of the document at {_shown(address)} leads out of it: {away!r:.200}."
        )
    return found


def _away(value: Any) -> str | None:
    """The first reference that does not lead to a place in the document; None where all do."""
    within = [value]
    while within:
        value = within.pop()
        if isinstance(value, dict):
            reference = value.get("$ref", "#/")
            if isinstance(reference, str) and not reference.startswith("#/"):
                return reference
        within += (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        )
    return None


def _object(document: Json, member: str) -> bool:
    return isinstance(document.get(member), dict)


def _shown(address: str) -> str:
    """Without a password."""
    return re.sub(r"//[^/]*@", "//", address)
