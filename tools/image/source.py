"""What an image is built from: a clean copy of the source, and which commit it is."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tools.deploy import sources
from tools.refusals import Refusal
from tools.stages import Stage

BUILT_BY = (
    *("Dockerfile", ".dockerignore", "requirements-image.txt", "tools/__init__.py"),
    *("tools/deploy/__init__.py", "tools/deploy/ahead.py", "tools/deploy/bytecode.py"),
    *("tools/deploy/lighter.py", "tools/deploy/lighter.toml"),
    *("tools/deploy/unused.py", "tools/deploy/unused.toml", "tools/epoch.py"),
    "tools/image/__init__.py",
    *(f"tools/image/{name}.py" for name in ("assemble", "fetch", "services")),
)
SHIPPED = ("app.py", "chalicelib", "vendor")
# With what requirements-image.txt is made from, what has the version and the licence, and what
# pins the packages of pages.
PATHS = (
    *(*BUILT_BY, *SHIPPED, "requirements-image.in", "requirements.txt", "pyproject.toml"),
    "package.json",
)
LABEL = re.compile(r'="\$\{(\w+)\}"')
SPECIAL = re.compile(r'[\\"$]')  # between a Dockerfile's quotes
BASE = re.compile(r"^ARG BASE=(\S+@sha256:[0-9a-f]{64})\s*$", re.MULTILINE)
TEXT = (".py", ".txt", ".json", ".html", ".js", ".css", "Dockerfile", ".dockerignore")


def copied(stage: Stage, root: Path, folder: Path) -> Path:
    """Copy what the Dockerfile takes into `folder`, which is emptied first. Raises Refusal."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in [*BUILT_BY, *sources.listed(root, SHIPPED, stage)]:
        if not (root / name).is_file():
            raise Refusal(f"{name} is missing, and the image is made with it: git checkout {name}.")
        data = (root / name).read_bytes()
        if name.endswith(TEXT) and b"\r\n" in data:
            raise Refusal(
                f"{name} has Windows line endings, which would make another image of it: "
                f"rm {name} && git checkout {name}, or, where you have changed it, save it with LF."
            )
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def label(dockerfile: Path, values: Mapping[str, str]) -> None:
    """Write the values of the labels into a Dockerfile.

    podman and buildah keep a step by its text, so `${REVISION}` would be what it was first.
    """

    def literal(match: re.Match[str]) -> str:
        value = values.get(match[1])
        return match[0] if value is None else '="' + SPECIAL.sub(r"\\\g<0>", value) + '"'

    text = LABEL.sub(literal, dockerfile.read_text(encoding="utf-8"))
    dockerfile.write_text(text, encoding="utf-8", newline="\n")


def base(root: Path) -> str:
    """The base image that the Dockerfile pins by a digest; "" where it pins none."""
    found = BASE.search((root / "Dockerfile").read_text(encoding="utf-8"))
    return found[1] if found else ""


def commit(root: Path) -> str:
    """The commit of this clone; "" without git."""
    if "app.py" not in _git(root, "ls-files", "app.py"):  # some other repository around it
        return ""
    return _git(root, "rev-parse", "--verify", "HEAD")


def committed(root: Path) -> bool:
    """Whether all that goes into an image is as in the commit."""
    return not _git(root, "status", "--porcelain", "--", *PATHS)


def revision(root: Path) -> str:
    """The commit that last changed what goes into an image; "" where that is not committed.

    With the newest one instead, a change of the documentation alone would make another image.
    """
    return _git(root, "log", "-1", "--format=%H", "--", *PATHS) if committed(root) else ""


def url(root: Path) -> str:
    """Where the source is published: the remote as HTTPS, without credentials; "" where none is."""
    remote = _git(root, "remote", "get-url", "origin")
    if match := re.fullmatch(r"(?:ssh://)?[\w.-]+@([\w.-]+)(?::\d+)?[:/](.+?)(?:\.git)?/?", remote):
        return f"https://{match[1]}/{match[2]}"
    parts = urlsplit(remote)
    if parts.scheme not in ("http", "https"):
        return ""
    return f"https://{parts.hostname}{parts.path.removesuffix('/').removesuffix('.git')}"


def _git(root: Path, *arguments: str) -> str:
    """What git prints; "" where it cannot."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
