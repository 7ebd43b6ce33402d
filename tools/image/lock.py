"""`make lock`: requirements-image.txt from requirements-image.in, with the hash of each file.

python -m tools.image.lock            make it anew; what is pinned is asked of the index
python -m tools.image.lock --check    end with a line where it is not what the .in says; offline
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

from tools import ROOT, refusals
from tools.image import pip_settings
from tools.image.engines import last
from tools.refusals import Refusal

WANTED, LOCKED = "requirements-image.in", "requirements-image.txt"
SHIPPED = "requirements.txt"
ALSO = ("requirements-run.txt", "requirements-dev.txt")  # what is tried here is what is shipped
PIN = re.compile(r"([A-Za-z0-9][\w.-]*)==([\w.!+]+)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def make(root: Path) -> str:
    """Write requirements-image.txt; gives a line about what that changed. Raises Refusal."""
    pins(root / WANTED)  # says what uv would not: that something is no pin
    complete(root)
    file = root / LOCKED
    before, text = hashed(file), file.read_bytes() if file.is_file() else b""
    options = ["--no-deps", "--generate-hashes", "--no-annotate"]
    _uv(root, WANTED, *options, "--custom-compile-command", "make lock", "--output-file", LOCKED)
    after = hashed(file)
    names = sorted(name for name in before | after if before.get(name) != after.get(name))
    if names:
        changes = [f"{name} {before.get(name, '-')} -> {after.get(name, '-')}" for name in names]
        return f"{LOCKED}: {', '.join(changes)}."
    same = file.read_bytes() == text
    return f"{LOCKED}: {'nothing' if same else 'no version, but other hashes or lines'} changed."


def complete(root: Path) -> None:
    """Refuse where a package needs another that is not pinned, or not in that version."""
    line = ["--no-header", "--annotation-style", "line", "--python-platform", "linux"]
    pinned = pins(root / SHIPPED)
    for found in _uv(root, SHIPPED, *line).splitlines():
        pin, _, needed_by = found.partition("# via ")
        name = pin.partition("==")[0].strip()
        if name and canonicalize_name(name) not in pinned:
            raise Refusal(
                f"{SHIPPED}: {needed_by.split(',')[0]} needs {name}: pin that there, too."
            )


def _uv(root: Path, file: str, *options: str) -> str:
    """What `uv pip compile` prints of a file. Raises Refusal."""
    settings = pip_settings.reached(pip_settings.read())
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "cert": "SSL_CERT_FILE",
    }
    env = {names[key]: value for key, value in settings.items() if key in names}
    env["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does, which takes it by hash afterwards
    command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet"]
    command += ["--python", sys.executable, *options, file]
    done = subprocess.run(
        command, cwd=root, env=os.environ | env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr
        if conflict := re.search(r"Because (.*?)(?:,? we can conclude|$)", said, re.DOTALL):
            raise Refusal(
                f"{file} does not fit together: {' '.join(conflict[1].split()).rstrip('.')}."
            )
        raise Refusal(f"{LOCKED} is as it was, since uv fails: {last(said)}.")
    return done.stdout


def stale(root: Path) -> str:
    """What is wrong with requirements-image.txt; "" where nothing is."""
    wanted, locked = pins(root / WANTED), hashed(root / LOCKED)
    for name in sorted(wanted.keys() | locked.keys()):
        if wanted.get(name) != locked.get(name):
            return f"{LOCKED} is not what {WANTED} says ({name}): make lock."
    for file in ALSO:
        for name, version in pins(root / file).items():
            if wanted.get(name, version) != version:
                return f"{file} has {name} {version}, and the image {wanted[name]}: make them one."
    return ""


def pins(file: Path) -> dict[str, str]:
    """The versions that a file asks for, with those of the files that it names. Raises Refusal."""
    found: dict[str, str] = {}
    for line in _lines(file):
        if line.startswith("-r "):
            found |= pins(file.with_name(line.removeprefix("-r ").strip()))
        elif match := PIN.fullmatch(line):
            found[canonicalize_name(match[1])] = match[2]
        elif file.name == WANTED:
            raise Refusal(f"{file.name}: write {line!r} as name==version.")
    return found


def hashed(file: Path) -> dict[str, str]:
    """The versions that a file locks; one without a hash is none."""
    whole = " ".join(_lines(file)).replace("\\ ", "")
    entries = re.split(r" (?=[A-Za-z0-9])", whole)
    matches = [(PIN.match(entry), HASH.search(entry)) for entry in entries]
    return {canonicalize_name(pin[1]): pin[2] for pin, found in matches if pin and found}


def _lines(file: Path) -> Iterator[str]:
    if file.is_file():
        for line in file.read_text().splitlines():
            if text := line.split("#")[0].strip():
                yield text


def main() -> None:
    if "--check" not in sys.argv:
        print(make(ROOT))
    elif line := stale(ROOT):
        raise Refusal(line)


if __name__ == "__main__":
    refusals.ended(main)
