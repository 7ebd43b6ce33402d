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

SECONDS = 60
QUICKLY = ("--ignore-scripts", "--fetch-retries=1")


def files(wanted: str, integrity: str, root: Path, show: Show) -> dict[str, bytes]:
    """The files of `name@version`, by their path in it; `integrity` is that of package-lock.json.

    Raises Refusal where it cannot be had, and where it is another one.
    """
    command = install.npm()
    if command is None:
        raise Refusal("There is no npm here: `make assets` brings one.")
    show(f"Getting {wanted} from npm.")
    return _unpacked(_packed(command, wanted, root), integrity)


def _packed(command: str, wanted: str, root: Path) -> bytes:
    """The tarball of `name@version`. Raises Refusal."""
    asked = [command, "pack", wanted, *QUICKLY, "--pack-destination"]
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [*asked, folder],
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
        raise Refusal("What npm gave is not what package-lock.json pins.")
    with tarfile.open(fileobj=io.BytesIO(tarball)) as packed:
        members = {one.name.partition("/")[2]: packed.extractfile(one) for one in packed}
        return {name: file.read() for name, file in members.items() if file}
