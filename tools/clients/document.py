"""The OpenAPI document that clients are made from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from tools import bearer
from tools.refusals import Refusal

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / "docs/openapi.json"
SECONDS = 40
# In a process of its own: the app reads its settings from the environment, once.
PRINT = """
import json, app
from chalicekit import openapi
from chalicekit.table import unique_members
print(json.dumps(openapi.document(app.app, taken=unique_members())))
"""


def of_this() -> Json:
    """The kept one; where none is, what the views give. Raises Refusal."""
    if KEPT.exists():
        kept: Json = json.loads(KEPT.read_text())
        return kept
    return of_views()


def of_views() -> Json:
    """What the views as they stand give. Raises Refusal."""
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    local = config["stages"]["local"]["environment_variables"]
    # Nothing of the caller's: an AUTH_ISSUER would stand in the document.
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "vendor")}
    env |= config["environment_variables"] | local
    done = subprocess.run(
        [sys.executable, "-c", PRINT],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refusal(f"app.py cannot be imported: {done.stderr.strip().splitlines()[-1]}")
    found: Json = json.loads(done.stdout)
    return found


def of(url: str) -> Json:
    """That of a running API. Raises Refusal."""
    address = f"{url.rstrip('/')}/openapi.json"
    try:
        answer = requests.get(address, headers=bearer.headers(), timeout=SECONDS)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Refusal(f"There is no document at {address}: {error}") from None
    if not isinstance(found, dict) or "paths" not in found:
        raise Refusal(f"What is at {address} is no OpenAPI document.")
    return found
