"""This project's payload, by its own packaging: with all its features, and of users alone."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from tests.clone import Clone
from tools import ROOT, stages
from tools.deploy import dependencies, payload, sources
from tools.stages import Stage

FOLDER = ROOT / ".local/bench"
STAGE = "dev"
BASE = {"users", "home"}  # the modules of chalicelib that are left in `base`


@dataclass(frozen=True)
class Own:
    """What was deployed, unzipped as Lambda does it."""

    task: Path
    opt: Path  # the layer
    stage: Stage

    @property
    def path(self) -> tuple[Path, Path]:
        return self.task, self.opt / dependencies.site_packages(self.stage)

    @property
    def zips(self) -> tuple[Path, Path]:
        return self.task.with_suffix(".zip"), self.opt.with_suffix(".zip")

    @property
    def zipped(self) -> int:
        return sum(path.stat().st_size for path in self.zips)


def base() -> Own:
    """Users and the first page alone: no charts, no pages, no mounts. Raises Refusal."""
    return _built("this", whole=False)


def whole() -> Own:
    """All features. Raises Refusal."""
    return _built("whole", whole=True)


def _built(name: str, *, whole: bool) -> Own:
    folder = FOLDER / name
    found = Own(folder / "task", folder / "opt", stages.read(STAGE))
    made, key = folder / "made-of", _key()
    if made.exists() and made.read_text() == key:
        return found
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    clone = _clone(folder / "clone", whole=whole)
    (ROOT / ".local/dependencies").mkdir(exist_ok=True)
    (clone / ".local").mkdir(exist_ok=True)
    (clone / ".local/dependencies").symlink_to(ROOT / ".local/dependencies")  # fetched once
    built = payload.build(stages.read(STAGE, clone), clone, folder / "built", lambda _: None)
    for file, at in zip((built.function, built.layer), (found.task, found.opt), strict=True):
        shutil.copyfile(file, at.with_suffix(".zip"))
        with ZipFile(file) as packed:
            packed.extractall(at)
    made.write_text(key)
    return found


def _clone(folder: Path, *, whole: bool) -> Path:
    clone = Clone(folder, whole=True)
    for path in [] if whole else sorted((folder / "chalicelib").glob("[!_]*")):
        if path.stem not in BASE and path.name != "web":
            clone.tool("remove", path.stem.replace("_", "-"), FORCE="1")
    return clone.folder


def _key() -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in [*sources.listed(ROOT), "requirements.txt"]:
        digest.update(name.encode() + (ROOT / name).read_bytes())
    return digest.hexdigest()
