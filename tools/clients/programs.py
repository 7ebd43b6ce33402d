"""Programs from npm, each folder's as its package-lock.json pins them."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from tools import install
from tools.refusals import Refusal


def installed(folder: Path) -> Path:
    """The folder, with its packages: fetched the first time, and when a pin has changed."""
    install.LOCAL.mkdir(exist_ok=True)
    with (install.LOCAL / "install.lock").open("w") as lock:  # tests run side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        install.install_from_npm(folder)
    return folder


def there(folder: Path, program: str) -> bool:
    """Whether a program has been fetched."""
    return _path(folder, program).exists()


def run(folder: Path, program: str, *arguments: str, **env: str) -> str:
    """What a program prints. Raises Refusal with its last words."""
    command = [str(_path(folder, program)), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment(**env), capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = f"{done.stdout}\n{done.stderr}".strip()
        raise Refusal(f"{program} failed in {folder}: {said[-2000:]}")
    return done.stdout


def environment(**env: str) -> dict[str, str]:
    """Ours, with the node of .venv where the system has none."""
    return os.environ | {"PATH": install.path(), "NO_COLOR": "1"} | env


def _path(folder: Path, program: str) -> Path:
    return folder / "node_modules/.bin" / program
