"""What pages take from npm, made to be served: chalicelib/web/<feature>/built, which git ignores.

    python -m tools.assets      `make assets`, which brings npm where the system has none

chalicelib/web/<feature>.json names a package and those of its files that are served; which version,
package.json says, and package-lock.json its hash. They are compressed here, once.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tools import ROOT, install
from tools.lines import Show
from tools.refusals import Refusal, ended
from tools.renaming import upper
from tools.stages import Stage

LOCK = "package-lock.json"
FORM = 1  # of what is written here: another makes it anew
SECONDS = 60
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
TEXT = "text/plain; charset=utf-8"
BUILT = re.compile(r"chalicelib/web/(\w+)/built/")


@dataclass(frozen=True)
class Assets:
    """What one feature's page takes from npm."""

    root: Path
    feature: str  # as its module is called

    @cached_property
    def named(self) -> dict[str, Any]:
        """`package`, and `files`: paths within it."""
        text = (self.root / f"chalicelib/web/{self.feature}.json").read_text()
        return dict(json.loads(text))

    @cached_property
    def locked(self) -> dict[str, Any]:
        """`version` and `integrity` of the package. Raises Refusal."""
        packages = json.loads((self.root / LOCK).read_text())["packages"]
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
        """Whether what was made is made of what is pinned now."""
        try:
            return bool(json.loads((self.folder / "index.json").read_text())["made_of"] == self.key)
        except (OSError, ValueError, KeyError):
            return False

    def make(self, show: Show = print) -> None:
        """Get the package, and write what is served of it. Raises Refusal, and then nothing is."""
        package, version = self.named["package"], self.locked["version"]
        show(f"Getting {package} {version} from npm.")
        files = _unpacked(_packed(f"{package}@{version}", self.root), self.locked["integrity"])
        if lacking := [name for name in self.named["files"] if name not in files]:
            raise Refusal(f"{package} {version} has no {lacking[0]}: correct {self.feature}.json.")
        self._write({name: files[name] for name in self.named["files"]})

    def _write(self, files: dict[str, bytes]) -> None:
        self.folder.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder.parent) as own:
            draft = Path(own, "built")  # with the permissions of any folder
            draft.mkdir()
            for name, data in files.items():
                # mtime: the same files, the same bytes.
                (draft / f"{name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
            digest = hashlib.sha256(json.dumps([FORM, *map(_digest, files.values())]).encode())
            index = {
                "made_of": self.key,
                "version": f"{self.locked['version']}-{digest.hexdigest()[:8]}",
                "types": {name: TYPES.get(Path(name).suffix, TEXT) for name in files},
            }
            (draft / "index.json").write_text(json.dumps(index, indent=1) + "\n")
            shutil.rmtree(self.folder, ignore_errors=True)
            draft.replace(self.folder)


def found(root: Path = ROOT) -> list[Assets]:
    """Of every feature whose page takes something from npm."""
    named = sorted((root / "chalicelib/web").glob("*.json"))
    return [Assets(root, file.stem) for file in named]


def off(feature: str, stage: Stage) -> bool:
    """Whether a stage does without a feature's page, as chalicekit's `pages.off` has it."""
    name = f"{upper(feature.replace('_', '-'))}_PAGE"
    return stage.environment.get(name) == "off"


def left_out(path: str, stage: Stage) -> bool:
    """Whether a file of the project is of a page that a stage does without."""
    match = BUILT.match(path)
    return bool(match and off(match[1], stage))


def ready(stage: Stage, root: Path, show: Show = print) -> None:
    """Make what a stage's pages need and lack. Raises Refusal: no page is deployed without it."""
    for each in found(root):
        if off(each.feature, stage) or each.fresh:
            continue
        try:
            each.make(show)
        except Refusal as refusal:
            name = f"{upper(each.feature.replace('_', '-'))}_PAGE"
            raise Refusal(f"{refusal} Or set {name}=off for stage {stage.name}.") from None


def tried(root: Path = ROOT) -> list[str]:
    """Make what is lacking; a line for each page that has to do without it for now."""
    lines = []
    for each in found(root):
        try:
            if not each.fresh:
                each.make()
        except Refusal as refusal:
            lines.append(f"Without what a page of {each.feature} shows. {refusal}")
    return lines


def _packed(wanted: str, root: Path) -> bytes:
    """The package's tarball, by npm: it knows the registry, the proxy and whose token."""
    npm = install.npm()
    if npm is None:
        raise Refusal("There is no npm here: `make assets` brings one.")
    command = [npm, "pack", wanted, "--ignore-scripts", "--fetch-retries=1", "--pack-destination"]
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [*command, folder],
                cwd=root,
                env=os.environ | {"PATH": install.path()},
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise Refusal(
                f"npm did not get {wanted} within {SECONDS} seconds: try again."
            ) from None
        tarballs = [*Path(folder).glob("*.tgz")]
        if done.returncode or not tarballs:
            said = re.findall(r"(?m)^npm (?:error|ERR!) (?!code|A complete)(.+)$", done.stderr)
            raise Refusal(f"npm cannot get {wanted} ({''.join(said[:1]).rstrip('.')}): try again.")
        return tarballs[0].read_bytes()


def _unpacked(tarball: bytes, integrity: str) -> dict[str, bytes]:
    """The files of a package by their path within it. Raises Refusal where it is another one."""
    kind, _, wanted = integrity.partition("-")
    if base64.b64encode(hashlib.new(kind, tarball).digest()).decode() != wanted:
        raise Refusal(f"What npm gave is not what {LOCK} pins.")
    with tarfile.open(fileobj=io.BytesIO(tarball)) as packed:
        members = {one.name.partition("/")[2]: packed.extractfile(one) for one in packed}
        return {name: file.read() for name, file in members.items() if file}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main() -> None:
    install.bring_npm()
    for each in found():
        if not each.fresh:
            each.make()
    print("What the pages take from npm is there.")


if __name__ == "__main__":
    ended(main)
