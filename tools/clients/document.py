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
        with urlopen(Request(address, headers=bearer.headers()), timeout=SECONDS) as answer:
            text = answer.read(MOST + 1)
        found = json.loads(text) if len(text) <= MOST else None
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        reason = getattr(error, "reason", error)  # what urllib wraps
        raise Refusal(f"There is no document at {_shown(address)}: {reason}") from None
    if not isinstance(found, dict) or not (_object(found, "paths") and _object(found, "info")):
        raise Refusal(f"What is at {_shown(address)} is no OpenAPI document.")
    return found


def _object(document: Json, member: str) -> bool:
    return isinstance(document.get(member), dict)


def _shown(address: str) -> str:
    """Without a password."""
    return re.sub(r"//[^/]*@", "//", address)
