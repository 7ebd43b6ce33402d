"""The dependencies of requirements.txt for Lambda's platform, fetched once, kept in .local/."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import PathDistribution
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.deploy import bytecode, lighter, record
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

FILE = "requirements.txt"
PIN = re.compile(r"([A-Za-z0-9][\w.-]*)==([\w.!+]+)")
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
KEPT = 4  # dev and prod, before and after a change
# What pip writes down about this machine, and nothing reads on Lambda.
DROPPED = {"INSTALLER", "REQUESTED", "direct_url.json"}


def pins(root: Path) -> dict[str, str]:
    """The versions in requirements.txt, by normalized name. Raises Refusal."""
    found = {}
    for line in (root / FILE).read_text().splitlines():
        if wanted := line.split("#")[0].strip():
            if not (match := PIN.fullmatch(wanted)):
                raise Refusal(f"{FILE}: write {wanted!r} as name==version: the layer holds that.")
            found[str(canonicalize_name(match[1]))] = match[2]
    if "chalice" in found:  # with it would come its whole command line
        raise Refusal(f"{FILE}: take chalice out: it packs what Lambda needs of it by itself.")
    return found


def site_packages(stage: Stage) -> str:
    """Where a layer holds packages, below /opt on Lambda."""
    return f"python/lib/python{stage.python}/site-packages"


def fetched(stage: Stage, root: Path, show: Show = print) -> Path:
    """The folder with what is pinned, and its .pyc. Raises Refusal where pip cannot get it."""
    pinned = pins(root)
    folder = root / ".local/dependencies"
    if (kept := folder / _key(pinned, stage)).is_dir():
        os.utime(kept)
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    show(f"Fetching {len(pinned)} dependencies for Lambda ({_platform(stage)}): once.")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".half-") as half:
        site = Path(half) / "site-packages"
        _install(pinned, stage, site, folder / "pip.log")
        _tidy(site)
        _complete(pinned, stage, site)
        for line in lighter.lighten(site):
            show(line)
        record.renew(site, lighter.changes().__contains__)
        bytecode.compile_all(site, f"/opt/{site_packages(stage)}")
        try:
            site.rename(kept)
        except OSError:
            if not kept.is_dir():  # else another build was quicker
                raise
    for old in sorted(folder.glob("[!.]*/"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return kept


def _platform(stage: Stage) -> str:
    return f"Python {stage.python}, {stage.architecture}"


def _key(pinned: dict[str, str], stage: Stage) -> str:
    """What the folder depends on: the pins, the platform, this Python, and how it is made here."""
    made_by = (__file__, bytecode.__file__, lighter.__file__, lighter.TABLE)
    ours = [Path(file).read_text() for file in made_by]
    parts = json.dumps([pinned, stage.architecture, stage.python, sys.version, ours])
    return hashlib.sha256(parts.encode()).hexdigest()[:20]


def _install(pinned: dict[str, str], stage: Stage, site: Path, log: Path) -> None:
    log.unlink(missing_ok=True)  # pip appends
    wanted = [f"{name}=={version}" for name, version in pinned.items()]
    command = [sys.executable, "-m", "pip", "install", "-qq", "--no-input", "--log", str(log)]
    command += ["--retries", "1", "--target", str(site), "--no-deps", "--no-compile"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", stage.python]
    for platform in platforms(stage):
        command += ["--platform", platform]
    env = os.environ | {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run([*command, *wanted], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refusal(_why(done.stderr, log, stage))


def platforms(stage: Stage) -> list[str]:
    """What pip calls Lambda's Linux. It takes each literally, and knows the oldest as 2014.

    Up to Python 3.11 it is Amazon Linux 2 (glibc 2.26), from 3.12 on Amazon Linux 2023 (2.34).
    """
    newest = 26 if stage.python == "3.11" else 34
    machine = MACHINES[stage.architecture]
    return [
        *(f"manylinux_2_{minor}_{machine}" for minor in range(newest, 16, -1)),
        f"manylinux2014_{machine}",
    ]


def _why(said: str, log: Path, stage: Stage) -> str:
    """The line for what pip could not do."""
    told = log.read_text(errors="replace") if log.exists() else said
    for failed in re.findall(r"Could not fetch URL \S+ (.*) - skipping", told):
        if refused := re.match(r"(\d+) \w+ Error: ([\w ]+?) for url", failed):
            if refused[1] != "404":  # of several indexes, not each has everything
                return (
                    f"The package index answers {refused[1]} ({refused[2]}): see pip config list."
                )
        else:
            return "The package index cannot be reached: what Lambda needs is fetched from it once."
    if lacking := re.search(r"No matching distribution found for (\S+)", said):
        return (
            f"{FILE}: {lacking[1]} has no wheel for Lambda ({_platform(stage)}): "
            "pin a version that has one, or copy it into vendor/ where it is plain Python."
        )
    last = (said.strip().splitlines() or ["no output"])[-1]
    return f"pip could not fetch what Lambda needs: {last.removeprefix('ERROR: ')} (more: {log})"


def _tidy(site: Path) -> None:
    """Drop what is about the machine that pip ran on: scripts with its paths, its own notes."""
    kept: set[Path] = set()
    for noted, rows in record.recorded(site):
        stays = sorted(
            row
            for row in rows
            if (site / row[0]).is_file()
            and ".." not in Path(row[0]).parts
            and Path(row[0]).name not in DROPPED
        )
        record.write(noted, stays)
        kept.update(site / row[0] for row in stays)
    for path in sorted(site.rglob("*"), reverse=True):
        if path.is_dir():
            with suppress(OSError):  # not empty
                path.rmdir()
        elif path not in kept:
            path.unlink()


def _complete(pinned: dict[str, str], stage: Stage, site: Path) -> None:
    """Refuse where a package needs another that is not pinned, or not in that version."""
    on_lambda = target(stage)
    for folder in sorted(site.glob("*.dist-info")):
        for needed in needs(PathDistribution(folder).requires or [], on_lambda):
            version = pinned.get(str(canonicalize_name(needed.name)))
            if version is None or not needed.specifier.contains(version, prereleases=True):
                wanted = f"{needed.name}{needed.specifier}"
                name = folder.name.split("-")[0]
                raise Refusal(f"{FILE}: {name} needs {wanted}: pin that there, too.")


def needs(lines: Iterable[str], target: dict[str, str]) -> Iterator[Requirement]:
    """What a package needs there, of its lines Requires-Dist."""
    for line in lines:
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({**target}):
            yield needed


def target(stage: Stage) -> dict[str, str]:
    """What markers see on Lambda."""
    return {
        **{name: str(value) for name, value in default_environment().items()},
        "extra": "",
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": MACHINES[stage.architecture],
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{stage.python}.0",
        "python_version": stage.python,
        "sys_platform": "linux",
    }
