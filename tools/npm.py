"""One package, without what it needs, by npm: it knows the registry, the proxy and the token."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tools import install
from tools.lines import Show
from tools.refusals import Refusal

PATIENT, BRIEF = 120, 15  # seconds that npm may take
# What its lines begin with that only it can read.
FIELDS = ("code", "errno", "syscall", "path", "A complete log")
UNKNOWN = ("E404", "ETARGET", "EINVALIDPACKAGETARGET")
FORBIDDEN = ("E401", "E403", "ENEEDAUTH", "EOTP")


def files(
    wanted: str, integrity: str, root: Path, show: Show, seconds: int = PATIENT
) -> dict[str, bytes]:
    """The files of `name@version`, by their path in it; `integrity` is that of package-lock.json.

    Raises Refusal where it cannot be had within these seconds, and where it is another one.
    """
    command = install.npm()
    if command is None:
        raise Refusal("There is no npm here: `make assets` brings one.")
    show(f"Getting {wanted} from npm: {seconds} seconds at the most.")
    return _unpacked(_packed(command, wanted, root, seconds), integrity)


def _packed(command: str, wanted: str, root: Path, seconds: int) -> bytes:
    """The tarball of `name@version`. Raises Refusal."""
    tries = "--fetch-retries=2" if seconds >= PATIENT else "--fetch-retries=0"
    # What it has already is as good as what it would get: the hash is compared.
    options = ["--ignore-scripts", "--prefer-offline", tries, "--pack-destination"]
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [command, "pack", wanted, *options, folder],
                cwd=root,
                env=os.environ | {"PATH": install.path()},
                capture_output=True,
                text=True,
                check=False,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            raise Refusal(
                f"npm did not get {wanted} within {seconds} seconds: "
                f"`make assets` tries again, for {PATIENT} seconds."
            ) from None
        tarballs = [*Path(folder).glob("*.tgz")]
        if done.returncode or not tarballs:
            raise Refusal(_why(wanted, done.stderr))
        return tarballs[0].read_bytes()


def _why(wanted: str, said: str) -> str:
    """The line for what npm said: its code, its reason, and what to do about it."""
    lines = re.findall(r"(?m)^npm (?:error|ERR!) +(.+)$", said)
    code = next((line.split()[-1] for line in lines if line.startswith("code ")), "no code")
    told = next((line for line in lines if not line.startswith(FIELDS)), "it says nothing")
    reason = re.sub(r"^.*\breason: ", "", told).rstrip(".")
    if code in UNKNOWN:
        do = "`npm config get registry` names the registry that has none"
    elif code in FORBIDDEN:
        do = "give npm a token for its registry, as `npm login` does"
    else:
        do = "`make assets` tries again; `npm config` has its registry and its proxy"
    return f"npm cannot get {wanted} ({code}: {reason}): {do}."


def _unpacked(tarball: bytes, integrity: str) -> dict[str, bytes]:
    """The files of a package by their path within it. Raises Refusal where it is another one."""
    kind, _, wanted = integrity.partition("-")
    if base64.b64encode(hashlib.new(kind, tarball).digest()).decode() != wanted:
        raise Refusal("What npm gave is not what package-lock.json pins.")
    with tarfile.open(fileobj=io.BytesIO(tarball)) as packed:
        members = {one.name.partition("/")[2]: packed.extractfile(one) for one in packed}
        return {name: file.read() for name, file in members.items() if file}
