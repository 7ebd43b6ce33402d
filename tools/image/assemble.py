"""Put together what the image holds, from what was fetched and the API's own files.

    python3 -m tools.image.assemble site out

It runs inside of the build, on the base's own Python and with nothing but its library. `out` gets
two trees, which become two layers: out/dependencies/var/task and out/app/var/task. They depend on
nothing but the source: one time for all files, and permissions that do not follow the umask.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from tools.deploy import ahead, bytecode, lighter, unused
from tools.epoch import MADE
from tools.image import services
from tools.image.fetch import FETCHED, MARK

TASK = "var/task"
OWN = ("app.py", "chalicelib")
# The project's own modules; what else is in vendor/ may hold code for other versions of Python.
COMPILES = ("app.py", "chalicelib/", "vendor/chalicekit/")
PACKAGES = "packages.json"  # in the image: what it holds, for the list that `make image` writes
# Of Chalice, what Lambda needs; the rest is its command line.
CHALICE = ("__init__.py", "app.py")
# pip's notes on this machine, and what is no longer true of a package that lost files.
NOTES = ("INSTALLER", "REQUESTED", "RECORD", "WHEEL", "direct_url.json")


class CannotError(Exception):
    """What is there cannot be put together; the message is one line that says what to do."""


def assemble(site: Path, out: Path, root: Path) -> None:
    """Fill `out` from the packages in `site`, which is used up, and the API in `root`."""
    dependencies, app = out / "dependencies" / TASK, out / "app" / TASK
    own = _own(root)
    _check(own, site, root)
    listed = packages(site)
    tidy(site)
    _lighten(site, own, root)
    held = [one for one in listed if any((site / place).exists() for place in one["places"])]
    (site / PACKAGES).write_text(json.dumps(held, indent=1) + "\n")
    (site / FETCHED).unlink()
    dependencies.parent.mkdir(parents=True)
    shutil.move(site, dependencies)
    for path in own:
        target = app / path.removeprefix("vendor/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, target)
    _compile_ahead(app, dependencies)
    for folder in (dependencies, app):
        bytecode.compile_all(folder, f"/{TASK}")
    settle(out)


def _lighten(site: Path, own: list[str], root: Path) -> None:
    """Make the packages what they are in a zip, and print what that means here."""
    if left := unused.leave_out(site, (root / path for path in own)):
        print(unused.told(left))
    used = services.used(root, [path for path in own if path.endswith(".py")], site)
    services.trim(site / "botocore/data", used)
    for line in lighter.lighten(site):
        print(line)
    print(f"AWS's services in use: {', '.join(sorted(used))}.")


def _compile_ahead(app: Path, dependencies: Path) -> None:
    file = app / ahead.FILE
    if not file.parent.is_dir():
        return  # without the kit, nothing reads it
    try:
        ahead.write(file, [app, dependencies], {})
    except ahead.UnimportableError as error:
        raise CannotError(f"app.py cannot be imported: {error}.") from None


def _own(root: Path) -> list[str]:
    """The files of the API itself, as paths below `root`."""
    tops = [root / name for name in (*OWN, "vendor")]
    found = [path for top in tops for path in (top, *top.rglob("*"))]
    files = [path for path in found if path.is_symlink() or not path.is_dir()]
    return sorted(path.relative_to(root).as_posix() for path in files)


def _check(own: list[str], site: Path, root: Path) -> None:
    for path in own:
        if (root / path).is_symlink():
            raise CannotError(
                f"{path} is a link, which is no file in an image: copy the file there."
            )
        if path.endswith(".py") and path.startswith(COMPILES):
            _check_compiles(path, root)
    ours = {path.split("/")[1] for path in own if path.startswith("vendor/")} | {*OWN}
    if both := sorted(ours & {path.name for path in site.iterdir()}):
        raise CannotError(f"{both[0]} comes with requirements-image.txt, too: keep one of the two.")


def _check_compiles(path: str, root: Path) -> None:
    """Refuse what fails once it is imported: compileall only prints it."""
    try:
        compile((root / path).read_bytes(), path, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise CannotError(f"{path}, line {error.lineno or 1}: {error.msg}.") from None
    except ValueError as error:
        raise CannotError(f"{path}: {error}.") from None


def tidy(site: Path) -> None:
    """Drop what nothing reads in an image. Licences stay, and what tells a package's version."""
    shutil.rmtree(site / "bin", ignore_errors=True)
    for path in [*site.glob("*.dist-info/*")]:
        if path.name in NOTES:
            path.unlink()
    for path in (site / "chalice").iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in CHALICE:
            path.unlink()


def packages(site: Path) -> list[dict[str, Any]]:
    """What was fetched: name, version, licence where it tells one, the file and its SHA-256.

    Its `places` are the files and folders in `site` that are its own.
    """
    fetched = json.loads((site / FETCHED).read_text())
    found = []
    for file in sorted(site.glob("*.dist-info/METADATA")):
        with file.open("rb") as lines:
            said = BytesHeaderParser().parse(lines)
        one: dict[str, Any] = {"name": said["Name"], "version": said["Version"]}
        if expression := said["License-Expression"]:
            one["expression"] = expression
        elif licence := (said["License"] or "").strip():
            one["license"] = licence.splitlines()[0]
        elif named := said["License-File"]:
            one["license"] = f"as its file {named} has it"
        found.append(one | fetched[said["Name"]] | {"places": _places(file.with_name("RECORD"))})
    return found


def _places(record: Path) -> list[str]:
    with record.open(newline="") as file:
        tops = {row[0].split("/")[0] for row in csv.reader(file) if row}
    return sorted(tops - {"..", "bin", "__pycache__"})


def settle(out: Path) -> None:
    """The same permissions and time for all files and folders, readable by everybody."""
    for path in sorted(out.rglob("*"), reverse=True):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (MADE, MADE))


def main() -> None:
    try:
        assemble(Path(sys.argv[1]), Path(sys.argv[2]), Path.cwd())
    except (CannotError, services.UnknownServiceError) as error:
        sys.exit(f"{MARK}{error}")


if __name__ == "__main__":
    main()
