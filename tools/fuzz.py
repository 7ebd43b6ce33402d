"""`make fuzz`: try a running API from its OpenAPI document alone, by schemathesis.

It makes, changes and deletes whatever it finds: elsewhere than on this machine only with CONFIRM.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tools import ROOT, bearer
from tools.refusals import Refusal, ended

CONFIG = ROOT / "tests/fuzz/schemathesis.toml"
OURS = ("127.0.0.1", "localhost", "::1")


def command(url: str, seed: str = "", confirm: str = "") -> list[str]:
    """What is run. Raises Refusal."""
    try:
        host = urlsplit(url).hostname
    except ValueError:  # http://[
        host = None
    if not host:
        raise Refusal("Say where the API is: make fuzz URL=http://127.0.0.1:8000")
    if host not in OURS and confirm != host:
        raise Refusal(
            "This makes, changes and deletes whatever it finds. Where that is no loss: "
            f"CONFIRM={host}"
        )
    said = [str(Path(sys.executable).with_name("st")), "--config-file", str(CONFIG)]
    said += ["run", f"{url.rstrip('/')}/openapi.json"]
    said += ["--seed", seed] if seed else []
    for name, value in bearer.headers().items():
        said += ["--header", f"{name}:{value}"]
    return said


def main() -> None:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--seed", default="")
    parser.add_argument("--confirm", default="")
    asked = parser.parse_args()
    run = command(asked.url, asked.seed, asked.confirm)
    os.execv(run[0], run)


if __name__ == "__main__":
    ended(main)
