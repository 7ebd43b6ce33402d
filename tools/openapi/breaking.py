"""What of a new document breaks clients of an old one: breaking.mjs, which is a tool of npm's."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tools import ROOT, node
from tools.openapi.document import Json, as_text
from tools.refusals import Refusal

SCRIPT = Path(__file__).with_name("breaking.mjs")


def found(released: Json, made: Json) -> list[str]:
    """A line for each change that breaks clients. Raises Refusal."""
    if not (ROOT / "node_modules/api-smart-diff").is_dir():
        raise Refusal("node_modules/api-smart-diff is missing: make install.")
    with TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("released.json", "made.json")]
        for file, document in zip(files, (released, made), strict=True):
            file.write_text(as_text(document), "utf-8")
        command = [node.found(), str(SCRIPT), *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        line = next((one for one in done.stderr.splitlines() if "Error" in one), "no reason given")
        raise Refusal(f"What was released cannot be compared: {line}.")
    return done.stdout.splitlines()
