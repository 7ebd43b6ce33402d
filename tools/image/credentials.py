"""Credentials for a registry, in a file that goes with the command which reads it."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def auths(to: str, user: str, password: str) -> dict[str, dict[str, str]]:
    """What the file says of the registry in `to`, registry/repository:tag."""
    if not user:
        return {}
    both = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {to.partition("/")[0]: {"auth": both}}


@contextmanager
def auth_file(to: str, user: str, password: str) -> Iterator[Path]:
    """A file as podman and buildah read it, which nobody else may read."""
    with tempfile.TemporaryDirectory() as folder:
        yield _written(Path(folder, "auth.json"), {"auths": auths(to, user, password)})


@contextmanager
def docker_folder(to: str, user: str, password: str) -> Iterator[Path]:
    """A folder as DOCKER_CONFIG names one: the user's own, with these credentials and no others.

    Its contexts say which daemon Docker talks to.
    """
    own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        settings = json.loads((own / "config.json").read_text())
    except (OSError, ValueError):
        settings = {}
    kept = {name: settings[name] for name in ("currentContext", "proxies") if name in settings}
    with tempfile.TemporaryDirectory() as folder:
        if (own / "contexts").is_dir():
            Path(folder, "contexts").symlink_to((own / "contexts").resolve())
        _written(Path(folder, "config.json"), kept | {"auths": auths(to, user, password)})
        yield Path(folder)


def _written(file: Path, content: dict[str, object]) -> Path:
    """Written for the owner alone, from the first byte on."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump(content, opened)
    return file
