"""Peers built from the registries into .local/bench, each as its usual packaging leaves it.

What is there already is taken again as long as its sources, and this Python, are the same.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from benchmarks.bench import own
from benchmarks.bench.peers import SHARED, Peer
from tools import ROOT, install
from tools.deploy import bytecode
from tools.refusals import Refusal

FOLDER = ROOT / ".local/bench"
TASK = "/var/task"  # where Lambda has a function
SECONDS = 300


@dataclass(frozen=True)
class Built:
    """A peer, ready to be started."""

    peer: Peer
    compiled: bool  # whether .pyc files are with it
    path: tuple[Path, ...]  # the function's folder, and its layer's
    zipped: int  # bytes of all that is uploaded
    unzipped: int

    @property
    def name(self) -> str:
        return self.peer.name if self.compiled else f"{self.peer.name}, no .pyc"


def build(peer: Peer) -> list[Built]:
    """A peer with .pyc files, and, where it usually has none, without. Raises Refusal."""
    if peer.made == "this":
        return [_of_this(peer)]
    folder = FOLDER / peer.name
    made = folder / "made-of"
    if not made.exists() or made.read_text() != _key(peer):
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "plain").mkdir(parents=True)
        MAKERS[peer.made](peer, folder / "plain")
        _pack(folder / "plain")
        if peer.python:
            shutil.copytree(folder / "plain", folder / "compiled")
            bytecode.compile_all(folder / "compiled", TASK)
            _pack(folder / "compiled")
        made.write_text(_key(peer))
    ways = ("compiled", "plain") if peer.python else ("plain",)
    return [_built(peer, folder / way) for way in ways]


def python() -> Path:
    """A Python of this version with nothing installed, as Lambda's is but for what it adds."""
    venv = FOLDER / "python"
    if not (venv / "bin/python").exists():
        _run([sys.executable, "-m", "venv", "--without-pip", str(venv)], ROOT)
    return venv / "bin/python"


def size(folder: Path) -> int:
    """Bytes of the files below it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _built(peer: Peer, task: Path) -> Built:
    compiled = task.name == "compiled" or not peer.python
    return Built(peer, compiled, (task,), task.with_suffix(".zip").stat().st_size, size(task))


def _of_this(peer: Peer) -> Built:
    payload = own.base()
    return Built(peer, True, payload.path, payload.zipped, sum(map(size, payload.path)))


def _key(peer: Peer) -> str:
    files = sorted(path for path in peer.source.rglob("*") if path.is_file())
    digest = hashlib.sha256(sys.version.encode())
    for path in [*files, SHARED, Path(__file__)]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _by_pip(peer: Peer, task: Path) -> None:
    """Wheels unpacked beside the handler, as `sam build` does: it compiles none."""
    shutil.copyfile(peer.source / "app.py", task / "app.py")
    shutil.copyfile(SHARED, task / SHARED.name)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--no-compile", "--no-deps", "--only-binary", ":all:", "--target", str(task)]
    _run([*pip, "--requirement", str(peer.source / "requirements.txt")], task)


def _by_chalice(peer: Peer, task: Path) -> None:
    source, out = task.with_name("source"), task.with_name("out")
    shutil.copytree(peer.source, source)
    _run([sys.executable, "-c", CHALICE, "package", "--stage", "dev", str(out)], source)
    with ZipFile(out / "deployment.zip") as packed:
        packed.extractall(task)


def _by_npm(peer: Peer, task: Path) -> None:
    """All of it in one file, as esbuild's documentation has it for node."""
    source = task.with_name("source")
    shutil.copytree(peer.source, source)
    _run([install.bring_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], source)
    bundle = ["node_modules/.bin/esbuild", "app.js", "--bundle", "--minify", "--platform=node"]
    _run([*bundle, f"--outfile={task / 'app.js'}"], source)


def _run(command: list[str], folder: Path) -> None:
    env = os.environ | {"PATH": install.path(), "AWS_DEFAULT_REGION": "eu-central-1"}
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise Refusal(f"{Path(command[0]).name} failed in {folder}: {last}")


def _pack(task: Path) -> None:
    with ZipFile(task.with_suffix(".zip"), "w", ZIP_DEFLATED) as packed:
        for path in sorted(task.rglob("*")):
            packed.write(path, path.relative_to(task))


CHALICE = "import sys; from chalice.cli import main; sys.exit(main())"
MAKERS: dict[str, Callable[[Peer, Path], None]] = {
    "pip": _by_pip,
    "chalice": _by_chalice,
    "npm": _by_npm,
}
