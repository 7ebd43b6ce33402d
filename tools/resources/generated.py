"""What is made from the modules, made anew when one comes or goes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.resources.shared import POLICIES

OPENAPI = "docs/openapi.json"
COLLECTION = "examples/postman/collection.json"


def anew(root: Path) -> Iterator[str]:
    """Make each by a process that imports the modules. Yields what to tell."""
    yield from _made(root, POLICIES, "policies", "make policy")
    yield from _made(root, OPENAPI, "openapi", "make openapi")
    if (root / COLLECTION).exists():
        yield from _made(root, COLLECTION, "clients", "make client", "--installed")


def _made(root: Path, what: str, tool: str, command: str, *options: str) -> list[str]:
    call = [sys.executable, "-m", f"tools.{tool}", *options]
    done = subprocess.run(call, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        why = "".join(done.stderr.splitlines()[-1:])
        return [f"{what}: as before. {why} Then: {command}."]
    return done.stdout.splitlines()
