"""pip's settings on this machine, for the pip inside of a build: as secrets, in no layer."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

LINE = re.compile(r"(:env:|global|install|download)\.([\w-]+)=(.*)")
ORDER = ("global", "install", ":env:")  # the last wins, as pip has it
PLACES = ("index-url", "extra-index-url", "find-links")
REACHED = ("http", "https")
KEPT = (*PLACES, "trusted-host", "proxy", "default-timeout", "timeout", "retries")
CERTIFICATES = "/etc/pip-ca.pem"  # where the Dockerfile mounts them


def secrets(folder: Path) -> dict[str, Path]:
    """Files for the secrets that the Dockerfile takes: pip, ca, netrc. Some are made in `folder`.

    Nobody else may read what is made.
    """
    settings = read()
    found = {}
    certificates = Path(settings.get("cert") or _trusted(os.environ))
    if certificates.is_file():
        found["ca"] = certificates
    text = written(settings, certificates="ca" in found)
    file = folder / "pip.conf"
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(text)
    netrc = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    return found | {"pip": file} | ({"netrc": netrc} if netrc.is_file() else {})


def read() -> dict[str, str]:
    """What `pip config list` says, files and environment together."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told: dict[str, dict[str, str]] = {where: {} for where in ORDER}
    for line in done.stdout.splitlines():
        if (match := LINE.fullmatch(line)) and match[1] in told:
            told[match[1]][match[2]] = str(ast.literal_eval(match[3]))
    return {name: value for where in ORDER for name, value in told[where].items()}


def reached(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings without what leads to folders of this machine: a build does not see them."""
    found = dict(settings)
    for name in PLACES:
        urls = [url for url in found.pop(name, "").split() if urlsplit(url).scheme in REACHED]
        if urls:
            found[name] = " ".join(urls)
    return found


def written(settings: Mapping[str, str], *, certificates: bool) -> str:
    """A pip.conf for inside of the build."""
    kept = {name: value for name, value in reached(settings).items() if name in KEPT}
    # A value of several lines is a list of words, and pip takes them on one line as well.
    lines = [f"{name} = {' '.join(value.split())}" for name, value in kept.items()]
    if certificates:
        lines.append(f"cert = {CERTIFICATES}")
    return "\n".join(["[global]", *lines]) + "\n"


def _trusted(environment: Mapping[str, str]) -> str:
    """The certificates that programs on this machine are told to trust, as a company's proxy."""
    names = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
    return next((environment[name] for name in names if environment.get(name)), "")
