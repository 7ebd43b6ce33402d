"""What pages take from npm, made to be served: chalicelib/web/<feature>/built, which git ignores.

    python -m tools.assets      `make assets`, which brings npm where the system has none

chalicelib/web/<feature>.json names a package and those of its files that are served; which version,
package.json says, and package-lock.json its hash. They are compressed here, once.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

from tools import ROOT, install, npm
from tools.lines import Show
from tools.refusals import Refusal, ended
from tools.renaming import upper
from tools.stages import Stage

LOCK = "package-lock.json"
FORM = 2  # of what is written here: another makes it anew
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
TEXT = "text/plain; charset=utf-8"
BUILT = "chalicelib/web/*/built/*"


@dataclass(frozen=True)
class Assets:
    """What one feature's page takes from npm."""

    root: Path
    feature: str  # as its module is called

    @property
    def file(self) -> Path:
        return self.root / f"chalicelib/web/{self.feature}.json"

    @cached_property
    def named(self) -> dict[str, Any]:
        """`package`, and `files`: paths within it."""
        return dict(json.loads(self.file.read_text()))

    @cached_property
    def locked(self) -> dict[str, Any]:
        """`version` and `integrity` of the package. Raises Refusal."""
        try:
            packages = json.loads((self.root / LOCK).read_text())["packages"]
        except (OSError, ValueError, KeyError):
            raise Refusal(f"{LOCK} cannot be read: git checkout {LOCK}.") from None
        package = self.named["package"]
        if found := packages.get(f"node_modules/{package}"):
            return dict(found)
        raise Refusal(f"{LOCK} lacks {package}: npm install --save-exact {package}.")

    @property
    def folder(self) -> Path:
        return self.root / "chalicelib/web" / self.feature / "built"

    @property
    def key(self) -> str:
        """What they are made of."""
        parts = [FORM, self.named, self.locked["integrity"]]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def fresh(self) -> bool:
        """Whether what was made is whole, and made of what is pinned now."""
        try:
            index = json.loads((self.folder / "index.json").read_text())
            sizes = {n: (self.folder / f"{n}.gz").stat().st_size for n in self.named["files"]}
            return bool(index["made_of"] == self.key and index["sizes"] == sizes)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def make(self, show: Show = print, seconds: int = npm.PATIENT) -> None:
        """Get the package, and write what is served of it. Raises Refusal, and then nothing is."""
        local = self.root / ".local"
        local.mkdir(exist_ok=True)
        with (local / "assets.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.fresh:  # else another process was quicker
                self._make(show, seconds)

    def _make(self, show: Show, seconds: int) -> None:
        package, version = self.named["package"], self.locked["version"]
        wanted, integrity = f"{package}@{version}", self.locked["integrity"]
        files = npm.files(wanted, integrity, self.root, show, seconds)
        if lacking := [name for name in self.named["files"] if name not in files]:
            raise Refusal(f"{package} {version} has no {lacking[0]}: correct {self.feature}.json.")
        try:
            self._write({name: files[name] for name in self.named["files"]})
        except OSError as error:
            raise Refusal(f"{self.folder} cannot be written ({error.strerror}).") from None

    def _write(self, files: dict[str, bytes]) -> None:
        self.folder.parent.mkdir(exist_ok=True)
        # In .local, where what is left of a killed process is not deployed.
        with tempfile.TemporaryDirectory(dir=self.root / ".local") as own:
            draft = Path(own, "built")  # with the permissions of any folder
            draft.mkdir()
            for name, data in files.items():
                # mtime: the same files, the same bytes.
                (draft / f"{name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
            digest = hashlib.sha256(json.dumps([FORM, *map(_digest, files.values())]).encode())
            index = {
                "made_of": self.key,
                "version": f"{self.locked['version']}-{digest.hexdigest()[:8]}",
                "sizes": {name: (draft / f"{name}.gz").stat().st_size for name in files},
                "types": {name: TYPES.get(Path(name).suffix, TEXT) for name in files},
            }
            (draft / "index.json").write_text(json.dumps(index, indent=1) + "\n")
            shutil.rmtree(self.folder, ignore_errors=True)
            draft.replace(self.folder)


def found(root: Path = ROOT) -> list[Assets]:
    """Of every feature whose page takes something from npm."""
    named = sorted((root / "chalicelib/web").glob("*.json"))
    return [Assets(root, file.stem) for file in named]


def setting(feature: str) -> str:
    """The setting that leaves out a feature's page, <FEATURE>_PAGE."""
    return f"{upper(feature.replace('_', '-'))}_PAGE"


def off(feature: str, stage: Stage) -> bool:
    """Whether a stage does without a feature's page, as chalicekit's `pages.off` has it."""
    return stage.environment.get(setting(feature)) == "off"


def left_out(path: str, stage: Stage) -> bool:
    """Whether a file of the project is of a page that a stage does without."""
    return fnmatch(path, BUILT) and off(path.split("/")[2], stage)


def ready(stage: Stage, root: Path, show: Show = print) -> None:
    """Make what a stage's pages need and lack. Raises Refusal: no page is deployed without it."""
    for each in found(root):
        if off(each.feature, stage) or each.fresh:
            continue
        try:
            each.make(show)
        except Refusal as refusal:
            also = f"Or set {setting(each.feature)}=off for stage {stage.name}."
            raise Refusal(f"{refusal} {also}") from None


def tried(root: Path = ROOT) -> list[str]:
    """Make what is lacking; a line for each page that has to do without it for now.

    Whoever wants to see their API does not wait long for a network that is silent.
    """
    lines = []
    for each in found(root):
        try:
            if not each.fresh:
                each.make(seconds=npm.BRIEF)
        except Refusal as refusal:
            lines.append(f"The page of {each.feature} is not there yet. {refusal}")
    return lines


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main() -> None:
    if lacking := [each for each in found() if not each.fresh]:
        install.bring_npm()
        for each in lacking:
            each.make()
    print("What the pages take from npm is there.")


if __name__ == "__main__":
    ended(main)
