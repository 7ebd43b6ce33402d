"""Fetch what requirements-image.txt pins, for the platform of the image that is being built.

    python3 -m tools.image.fetch site

It runs inside of the build, on the base's own Python and with nothing but its library. What cannot
be had ends it with one line, which begins with MARK so that `make image` finds it.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

FILE = "requirements-image.txt"
FETCHED = "fetched.json"  # beside the packages: which file each came from
MARK = "Not built: "
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}  # as containers call them, and as wheels do
OLDEST = 5  # manylinux_2_5 was the first


def main(folder: str) -> None:
    machine = MACHINES.get(os.environ.get("TARGETARCH", ""), platform.machine())
    report, log = Path("report.json"), Path("pip.log")
    command = [sys.executable, "-m", "pip", "install", "-qq", "--no-input", "--log", str(log)]
    command += ["--require-hashes", "--no-deps", "--no-compile", "--no-cache-dir"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--root-user-action=ignore"]
    command += ["--target", folder, "--report", str(report), "-r", FILE]
    for tag in tags(machine, glibc()):
        command += ["--platform", tag]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = log.read_text(errors="replace") if log.exists() else done.stderr
        sys.stderr.write(done.stderr)
        sys.exit(MARK + why(done.stderr, told, machine))
    found = fetched(json.loads(report.read_text()))
    for file in (report, log):  # an index's URL may hold a password, and this layer may be cached
        file.unlink(missing_ok=True)
    Path(folder, FETCHED).write_text(json.dumps(found, indent=1))


def glibc() -> int:
    """The minor version of glibc here; the image for another platform has the same."""
    version = platform.libc_ver()[1]
    return int(version.split(".")[1]) if version else 17


def tags(machine: str, newest: int) -> list[str]:
    """What pip calls a Linux with this glibc 2.x; it takes each literally."""
    numbered = [f"manylinux_2_{minor}_{machine}" for minor in range(newest, OLDEST - 1, -1)]
    return [*numbered, *(f"manylinux{year}_{machine}" for year in (2014, 2010, 1))]


def fetched(report: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Of each project, the file it came from and its hash. Not its URL: a password may be in it."""
    found = {}
    for each in report["install"]:
        info = each["download_info"]
        file = info["url"].split("#")[0].split("?")[0].rsplit("/", 1)[-1]
        digest = info["archive_info"]["hashes"]["sha256"]
        found[each["metadata"]["name"]] = {"file": file, "sha256": digest}
    return dict(sorted(found.items()))


def why(said: str, log: str, machine: str) -> str:
    """The line for what pip could not do."""
    if "No space left on device" in said + log:
        return "the disk is full."
    if "DO NOT MATCH THE HASHES" in said:
        named = re.search(r"^\s+(\S+==\S+)", said, re.MULTILINE)
        return (
            f"{named[1] if named else 'a package'} is not the file that {FILE} names by its hash: "
            "ask who runs the index why, before `make lock` takes it."
        )
    if unhashed := re.search(r"^\s*(?:ERROR:\s+)?(\S+==\S+) --hash=", said, re.MULTILINE):
        return f"{unhashed[1]} has no hash in {FILE}: make lock."
    for failed in re.findall(r"Could not fetch URL \S+ (.*) - skipping", log):
        if refused := re.match(r"(\d+) \w+ Error: ([\w ]+?) for url", failed):
            if refused[1] != "404":  # of several indexes, not each has everything
                return (
                    f"the package index answers {refused[1]} ({refused[2]}): see pip config list."
                )
        else:
            return (
                "the package index cannot be reached from inside of the build: see pip config list."
            )
    if lacking := re.search(r"No matching distribution found for (\S+)", said):
        version = ".".join(map(str, sys.version_info[:2]))
        return (
            f"{lacking[1]} has no wheel for Linux on {machine} with Python {version}: "
            "pin a version that has one in requirements.txt, then make lock."
        )
    last = (said.strip().splitlines() or ["no output"])[-1]
    return f"pip says: {last.removeprefix('ERROR: ')}"


if __name__ == "__main__":
    main(sys.argv[1])
