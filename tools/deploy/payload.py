"""What goes to Lambda: a clean copy of the source, and two zips that only depend on it.

Chalice packs them from the copy. Its own layer cache is keyed on contents without names, a laptop's
`__pycache__` would go with it, and pip's files come without .pyc: so the copy has no cache, its
vendor/ holds the dependencies for Lambda's platform, compiled, and its requirements.txt is empty.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tools import assets
from tools.deploy import bytecode, contents, dependencies, descriptions, imports, sources, unused
from tools.epoch import MADE
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

CHALICE = "import sys; from chalice.cli import main; sys.exit(main())"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip can tell
PROGRAMS = (b"\x7fELF", b"#!")
FUNCTION_RUNS_AT = "/var/task"
OWN = ("app.py", "chalicelib", "vendor")  # what is asked which of AWS's services it wants


@dataclass(frozen=True)
class Payload:
    """What was built of a stage."""

    source: Path  # the copy that was packed
    template: Path  # Chalice's SAM template; the zips stand beside it
    layer: Path
    function: Path


def build(stage: Stage, root: Path, folder: Path, show: Show = print) -> Payload:
    """Build a stage in `folder`, which is emptied first. Raises Refusal where anything is amiss."""
    folder = folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    source, out = source_copy(stage, root, folder / "source", show), folder / "out"
    show("Packing the layer and the function.")
    _package(stage, source, out)
    built = Payload(source, out / "sam.json", out / "layer-deployment.zip", out / "deployment.zip")
    for file, compiled_for in ((built.layer, ""), (built.function, FUNCTION_RUNS_AT)):
        _pack_again(file, compiled_for)
    contents.check(built.layer, built.function, stage, root, show)
    return built


def source_copy(stage: Stage, root: Path, folder: Path, show: Show = print) -> Path:
    """Copy the source into `folder`, which is emptied first, with what Lambda needs in vendor/.

    `chalice package` and `chalice deploy` run in it pack the same layer.
    """
    assets.ready(stage, root, show)
    fetched = dependencies.fetched(stage, root, show)
    _copy(stage, root, folder)
    vendor = folder / "vendor"
    bytecode.compile_all(vendor, f"/opt/{dependencies.site_packages(stage)}")
    bytecode.compile_all(folder / "chalicelib", f"{FUNCTION_RUNS_AT}/chalicelib")
    both = {path.name for path in vendor.iterdir()} & {path.name for path in fetched.iterdir()}
    if both := both - {"__pycache__"}:
        raise Refusal(f"vendor/{min(both)} comes with requirements.txt too: keep one of the two.")
    shutil.copytree(fetched, vendor, dirs_exist_ok=True, copy_function=shutil.copyfile)
    own = sources.listed(root, OWN)
    if left := unused.leave_out(vendor, (folder / path for path in own)):
        show(unused.told(left))
    descriptions.trim(folder, own, show)
    imports.note(stage, folder)
    for path in folder.rglob("*"):
        os.utime(path, (MADE, MADE))  # Chalice's zips tell it: the same source, the same bytes
    return folder


def described(stage: Stage, root: Path, folder: Path) -> Path:
    """Chalice's SAM template of a stage, made in `folder`, which is emptied first.

    For what it says of the function and its role: nothing is fetched, and its zips are of no use.
    """
    folder = folder.resolve()
    source, out = folder / "source", folder / "out"
    _copy(stage, root, source)
    _package(stage, source, out)
    return out / "sam.json"


def _copy(stage: Stage, root: Path, folder: Path) -> None:
    """Copy the source into `folder`, which is emptied first, without requirements."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in sources.listed(root, stage=stage):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, folder / name)
    (folder / "requirements.txt").write_text("")


def _package(stage: Stage, source: Path, out: Path) -> None:
    """Run `chalice package`, which asks nobody, and so needs no credentials."""
    ours = ("AWS_", "CHALICE_", "PYTHON")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {"AWS_DEFAULT_REGION": stage.region or "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", CHALICE, "package", "--stage", stage.name, str(out)]
    log = source.with_name("package.log")
    with log.open("w") as said:
        done = subprocess.run(
            command, cwd=source, env=env, stdout=said, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        last = (log.read_text().strip().splitlines() or ["no output"])[-1]
        raise Refusal(f"`chalice package` cannot pack this: {last} (all of it: {log})")


def _pack_again(file: Path, compile_for: str) -> None:
    """Write a zip of Chalice's so that it only depends on what is in it."""
    files = contents.read(file)
    if compile_for:
        files |= _compiled(files, compile_for)
    with ZipFile(file, "w") as packed:
        for name, data in sorted(files.items()):
            packed.writestr(*_entry(name, data), compresslevel=9)


def _compiled(files: dict[str, bytes], runs_at: str) -> dict[str, bytes]:
    """The .pyc of some files."""
    with tempfile.TemporaryDirectory() as folder:
        for name in (names := [name for name in files if name.endswith(".py")]):
            Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, name).write_bytes(files[name])
        bytecode.compile_all(Path(folder), runs_at)
        found = {name: Path(folder, name) for name in map(bytecode.cached, names)}
        return {name: path.read_bytes() for name, path in found.items() if path.exists()}


def _entry(name: str, data: bytes) -> tuple[ZipInfo, bytes]:
    entry = ZipInfo(name, EPOCH)
    entry.create_system = 3  # Unix, wherever it is built: else Lambda reads no permissions
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | (0o755 if data.startswith(PROGRAMS) else 0o644)) << 16
    return entry, data
