"""Why an engine could not fetch, build or push: one line for each, from what it printed."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.image.engines import last
from tools.image.fetch import MARK
from tools.refusals import Refusal

FULL = "no space left on device"
DENIED = re.compile(
    r"unauthorized|denied|forbidden|authentication required|\b40[13]\b", re.IGNORECASE
)
DIGEST = re.compile(r"sha256:[0-9a-f]+")  # any number may be in one
MISSING = re.compile(r"manifest unknown|not found|name unknown", re.IGNORECASE)
RUNTIME = re.compile(r"(crun|runc|OCI runtime).*(creating container|error)", re.IGNORECASE)
NOISE = re.compile(r"exit (status|code)|^-+$|^\s*\d+ \||^>>>|did not complete|^$")


def base(reference: str, said: str, engine: str) -> str:
    """The line for a base image that could not be fetched."""
    host = reference.partition("/")[0]
    if FULL in said:
        return f"The base image {reference} cannot be fetched: the disk is full."
    if "no such host" not in said and MISSING.search(said):
        return f"There is no base image {reference} for this platform: BASE= names another."
    if _denied(said):
        return (
            f"{host} refuses the base image {reference} ({_end(said)}): {engine} login {host}, or "
            f"{engine} logout {host} where a login has run out; BASE= names another."
        )
    return (
        f"The base image {reference} cannot be fetched ({_end(said)}): it needs a network once; "
        "BASE= names it in another registry."
    )


def _end(said: str) -> str:
    """What went wrong in the end: an engine tells first what it was about to do."""
    return _telling(said).rpartition(": ")[2]


def _denied(said: str) -> bool:
    return bool(DENIED.search(DIGEST.sub("", _telling(said))))


def _telling(said: str) -> str:
    """The last line that tells something."""
    lines = [line.strip() for line in said.splitlines()]
    return last("\n".join(line for line in lines if not NOISE.search(line)))


def push(to: str, said: str) -> str:
    """The line for an image that could not be pushed."""
    host = to.partition("/")[0]
    if "immutable" in said:
        return f"{to} is there already, and tags are immutable: commit, or add TAG=<another>."
    if _denied(said):
        return f"{host} refuses the push ({_telling(said)}): may these credentials push there?"
    return f"{to} could not be pushed ({_telling(said)}): the same command may be given again."


def logged(command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
    """Run a build, all that it prints in `log`. Raises Refusal."""
    with log.open("wb") as out:
        done = subprocess.run(
            command,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise Refusal(f"{build(log.read_text(errors='replace'))} (all of it: {log})")


def build(said: str) -> str:
    """The line for a build that failed: the one of our own steps, or the last that tells."""
    if told := re.findall(rf"{MARK}(.*)", said):
        return f"{MARK}{told[-1].strip()}"
    if FULL in said.lower():
        return f"{MARK}the disk is full."
    line = _telling(said)
    if RUNTIME.search(line):  # inside of a container, such as CI's
        line += ". BUILDAH_ISOLATION=chroot in the environment does without it"
    return f"{MARK}{line}."
