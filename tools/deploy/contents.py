"""What the two zips must hold: exactly the source, the kit and what is pinned, all of it compiled.

A layer that lacks a module, or holds one that went, would first show as a 502 on AWS.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import inspect
from collections.abc import Container
from pathlib import Path
from zipfile import ZipFile

import chalice.app
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.deploy import ahead, bytecode, dependencies, imports, sources, unused
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

UNZIPPED = 250 * 2**20  # Lambda's limit for a function and its layers, in bytes
FUNCTION = ("app.py", "chalicelib")  # and never in the layer
AGAIN = "Delete .local/dependencies, and build again."

Files = dict[str, bytes]
Digests = dict[str, set[str]]  # of each file, as RECORD has them; none: any content will do


def check(layer: Path, function: Path, stage: Stage, root: Path, show: Show = print) -> None:
    """Refuse a layer or a function that is not what it must be; tries to import it, too."""
    packages, held = _packages(layer, stage), read(function)
    kit = _own(stage, root, "vendor", below="vendor/")
    fetched = {name: data for name, data in packages.items() if name not in kit}
    _versions(fetched, dependencies.pins(root), _unasked(packages | held))
    _exactly("The layer", packages, kit | records(fetched) | {ahead.FILE: set()})
    _exactly("The function", held, _own(stage, root, *FUNCTION) | _chalice())
    if (size := sum(map(len, [*packages.values(), *held.values()]))) > UNZIPPED:
        raise Refusal(
            f"Function and layer are {size / 2**20:.0f} MB unzipped, and Lambda takes 250: "
            "`make size` tells what each part costs."
        )
    ours = sorted(kit.keys() - records(packages))  # what is recorded in vendor/ is somebody else's
    imports.check({name: packages[name] for name in ours} | held, packages)
    show(imports.tried(packages, held, stage))


def read(file: Path) -> Files:
    """The files in a zip."""
    with ZipFile(file) as packed:
        return {entry.filename: packed.read(entry) for entry in packed.infolist()}


def records(packages: Files) -> Digests:
    """The files of all dependencies, as the RECORD of each names them."""
    found: Digests = {}
    for name in packages:
        if name.endswith(".dist-info/RECORD"):
            for path, digest, _size in rows(packages[name]):
                found.setdefault(path, set()).update({digest} - {""})
    return found


def rows(record: bytes) -> list[list[str]]:
    return [row for row in csv.reader(record.decode().splitlines()) if row]


def _packages(layer: Path, stage: Stage) -> Files:
    """The files below site-packages, where all must be, and nothing that is the function's."""
    below = f"{dependencies.site_packages(stage)}/"
    files = read(layer)
    for name in files:
        if not name.startswith(below):
            raise Refusal(f"The layer holds {name}, which is not below {below}. {AGAIN}")
        top = name.removeprefix(below).split("/")[0]
        if top in {*FUNCTION, "chalice"} or top.startswith("chalice-"):
            raise Refusal(f"The layer holds {top}: Chalice packs that into the function.")
    return {name.removeprefix(below): data for name, data in files.items()}


def _versions(packages: Files, pinned: dict[str, str], unasked: Container[str]) -> None:
    found = {}
    for name in packages:
        if name.endswith(".dist-info/METADATA"):
            project, _, version = name.split(".dist-info/")[0].partition("-")
            found[str(canonicalize_name(project))] = version
    for name in sorted(found.keys() | pinned.keys()):
        if name not in pinned:
            raise Refusal(f"The layer holds {name}, which is not in requirements.txt. {AGAIN}")
        if name not in found and name in unasked:
            continue  # left out, whole
        if name not in found:
            raise Refusal(f"The layer lacks {name}, which is in requirements.txt. {AGAIN}")
        if Version(found[name]) != Version(pinned[name]):
            raise Refusal(
                f"The layer holds {name} {found[name]}, and requirements.txt says "
                f"{pinned[name]}. {AGAIN}"
            )


def _unasked(files: Files) -> Container[str]:
    """What may lack, since nothing that is packed asks for it."""
    modules = {name: data for name, data in files.items() if name.endswith(".py")}
    return unused.unasked((unused.package(name), data) for name, data in modules.items())


def _own(stage: Stage, root: Path, *parts: str, below: str = "") -> Digests:
    """The files of some parts of this clone, named as the zip names them."""
    listed = sources.listed(root, parts, stage)
    return {path.removeprefix(below): {_digest((root / path).read_bytes())} for path in listed}


def _chalice() -> Digests:
    """The two modules of itself that Chalice packs."""
    packed = {"chalice/__init__.py": chalice, "chalice/app.py": chalice.app}
    files = {name: Path(inspect.getfile(module)) for name, module in packed.items()}
    return {name: {_digest(path.read_bytes())} for name, path in files.items()}


def _digest(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def _exactly(what: str, files: Files, wanted: Digests) -> None:
    sources_of = {name for name in wanted if name.endswith(".py")}
    for name in sorted(wanted.keys() - files.keys()):
        raise Refusal(f"{what} lacks {name}. {AGAIN}")
    for name in sorted(files.keys() - wanted.keys() - {*map(bytecode.cached, sources_of)}):
        raise Refusal(f"{what} holds {name}, which belongs to nothing. {AGAIN}")
    for name, digests in wanted.items():
        if digests and _digest(files[name]) not in digests:
            raise Refusal(f"{what} holds another {name} than it should. {AGAIN}")
    for name in sorted(sources_of):
        compiled = files.get(bytecode.cached(name), b"")
        if not bytecode.fresh(files[name], compiled) and bytecode.compiles(files[name]):
            raise Refusal(f"{what} holds {name} without a .pyc that was made from it. {AGAIN}")
