"""The files that an API is made of, as they stand in this clone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from tools import assets
from tools.refusals import Refusal
from tools.stages import Stage

# tools/ never reaches Lambda: app.py imports it where Chalice's command line loads it.
PARTS = ("app.py", "chalicelib", "vendor", "infra", "tools", ".chalice")


def listed(root: Path, parts: Iterable[str] = PARTS, stage: Stage | None = None) -> list[str]:
    """The paths below `root`, sorted: what git tracks and what it would add, without caches.

    What was just made is not committed yet, and a zip download has no git: there, everything.
    What pages take from npm is no part of git, and left out for a `stage` that does without them.
    Raises Refusal for a link that leads out of the clone.
    """
    found = _by_git(root) or _all(root, parts)
    found += [path.relative_to(root).as_posix() for path in root.glob(assets.BUILT)]
    paths = sorted({path for path in found if _wanted(path, parts) and (root / path).is_file()})
    paths = [path for path in paths if stage is None or not assets.left_out(path, stage)]
    for path in paths:
        if not (root / path).resolve().is_relative_to(root.resolve()):
            raise Refusal(f"{path} is a link to a file outside of this clone: copy the file here.")
    return paths


def _by_git(root: Path) -> list[str]:
    """Empty where git cannot say it: not there, not its repository, or some other one around it."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    except OSError:
        return []
    paths = done.stdout.decode(errors="surrogateescape").split("\0")
    return paths if done.returncode == 0 and "app.py" in paths else []


def _all(root: Path, parts: Iterable[str]) -> list[str]:
    tops = [root / part for part in parts]
    paths = [path for top in tops for path in (top, *top.rglob("*"))]
    return [path.relative_to(root).as_posix() for path in paths]


def _wanted(path: str, parts: Iterable[str]) -> bool:
    names = PurePosixPath(path).parts
    if not names or names[0] not in parts or "__pycache__" in names:
        return False
    if path.endswith(".pyc") or names[-1] == ".DS_Store":
        return False
    if names[0] == ".chalice":  # its folders hold what Chalice made
        return len(names) == 2
    if any(name.startswith(".") for name in names):  # .env, .netrc: nobody means to publish them
        return False
    if names[0] == "vendor":  # the README is about the folder
        return len(names) > 2 or path.endswith(".py")
    return True
