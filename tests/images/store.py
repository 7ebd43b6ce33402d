"""A container store of the tests' own, with the Dockerfile's base image in it.

The base lies in .local/, in a store that is only read afterwards: on top of it each run of pytest
has one that goes with it, for all its processes. The driver is overlay where that works, else vfs,
which works for any user and in any container, and takes a minute for what overlay does in ten
seconds. RUN is isolated by chroot, which needs no engine and no root.
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.images import standin

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".local/base-image"
REAL = "BASE_IMAGE"  # the variable that names an image to take instead of the stand-in
SECONDS = 100  # a command that takes longer hangs

STORAGE = """[storage]
driver = "{driver}"
graphroot = "{folder}/images"
rootless_storage_path = "{folder}/images"
runroot = "{folder}/running"
[storage.options]
additionalimagestores = [{bases}]
[storage.options.overlay]
skip_mount_home = "true"
"""
# Whether a driver works, and leaves no mount behind.
TRIES = "name=$(buildah from scratch) && buildah mount $name && buildah rm $name"


@dataclass(frozen=True)
class Store:
    """Where buildah keeps images. `environment` leads buildah, podman and skopeo there."""

    folder: Path
    driver: str
    base: Path | None = None

    @cached_property
    def environment(self) -> dict[str, str]:
        settings = self.folder / "storage.conf"
        bases = f'"{self.base}/images"' if self.base else ""
        text = STORAGE.format(folder=self.folder, driver=self.driver, bases=bases)
        if not settings.exists() or settings.read_text() != text:
            self.folder.mkdir(parents=True, exist_ok=True)
            settings.write_text(text)
        return {"CONTAINERS_STORAGE_CONF": str(settings), "BUILDAH_ISOLATION": "chroot"}

    @property
    def namespace(self) -> list[str]:
        """What stands before a command that mounts, or changes its user."""
        names = [f"{name}={value}" for name, value in self.environment.items()]
        return [] if os.getuid() == 0 else ["env", *names, "buildah", "unshare", "--"]

    def buildah(self, *arguments: str) -> str:
        """What a command prints; RuntimeError with what it says where it fails."""
        return self._run("buildah", *arguments)

    def inside(self, *command: str) -> str:
        """What a command prints that needs the rights of root, or of a user namespace."""
        return self._run(*self.namespace, *command)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout.strip()

    def settings(self, image: str) -> dict[str, Any]:
        """What an image says of itself: Entrypoint, Cmd, Env, Labels."""
        found: dict[str, Any] = json.loads(self.buildah("inspect", "--type", "image", image))
        config: dict[str, Any] = found["OCIv1"]["config"]
        return config


def missing() -> str:
    """What to install before images can be made here, "" where nothing is missing."""
    if sys.platform != "linux":
        return "they run on Linux alone"
    commands = {"buildah": "buildah", "busybox": "busybox-static"}
    packages = [package for command, package in commands.items() if not shutil.which(command)]
    return f"apt-get install {' '.join(packages)}" if packages else ""


def removed(folder: Path) -> None:
    """Delete a folder with images, whoever owns its files."""
    if folder.exists():
        Store(folder, "vfs").inside("rm", "-rf", str(folder))


def base_name() -> str:
    """The name of the base image, as the Dockerfile has it."""
    (name,) = re.findall(r"^ARG BASE=(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return str(name)


def shared(base: Path) -> Path:
    """The folder of the store of all processes, by what pytest gave to this one."""
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "containers"


def opened(folder: Path) -> Store:
    """A store in that folder, in which the base image is."""
    base = kept_base()
    return Store(folder, base.driver, base.folder)


def kept_base() -> Store:
    """The store with the base image, which is made where it is not there yet."""
    name = base_name()
    made_from = os.environ.get(REAL) or standin.key()
    key = re.sub(r"[^a-zA-Z0-9]+", "-", f"{name} {made_from} {os.getuid()}")
    with locked(KEPT / "lock"):
        folder = KEPT / key
        if not (folder / "driver").exists():
            vfs = Store(folder, "vfs")
            vfs.inside("rm", "-rf", *(str(path) for path in KEPT.iterdir() if path.is_dir()))
            store = Store(folder, driver(KEPT))
            take(store, name) if os.environ.get(REAL) else make(store, name)
            store.inside("chmod", "-R", "u+w", str(folder))  # so that anybody can delete it
            (folder / "driver").write_text(store.driver)
        return Store(folder, (folder / "driver").read_text())


def driver(folder: Path) -> str:
    """The one that works in a folder: overlay does not on every file system, nor for every user."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as there:
        tried = Store(Path(there), "overlay")
        try:
            tried.inside("sh", "-c", TRIES)
        except RuntimeError:
            return "vfs"
        finally:
            tried.inside("rm", "-rf", f"{there}/images", f"{there}/running")
        return "overlay"


def take(store: Store, name: str) -> None:
    store.buildah("pull", "--quiet", os.environ[REAL])
    store.buildah("tag", os.environ[REAL], name, of_this_python(name))


def make(store: Store, name: str) -> None:
    context = store.folder / "context"
    standin.make(context)
    store.buildah("bud", "--quiet", "--timestamp", "0", "--tag", name, str(context))
    shutil.rmtree(context)
    store.buildah("tag", name, of_this_python(name))


def of_this_python(name: str) -> str:
    """The base of a clone that is set to the Python of these tests."""
    return f"{name.partition(':')[0]}:{standin.VERSION.removeprefix('python')}"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
