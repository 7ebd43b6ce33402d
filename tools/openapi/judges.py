"""What judges an OpenAPI document: Redocly and Spectral, which npm brings, by the rules here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tools import ROOT, node
from tools.refusals import Refusal

HERE = Path(__file__).parent
BIN = "node_modules/.bin"
COMMANDS = {
    "Redocly": ("redocly", "lint", "--format=stylish", "--config", "redocly.yaml"),
    "Spectral": (
        "spectral",
        "lint",
        "--quiet",
        "--fail-severity=hint",
        "--ruleset",
        "spectral.yaml",
    ),
}
# They ask nobody for a newer version, and tell nobody that they run.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "CI": "true"}


def complaints(file: Path) -> list[str]:
    """What each of them says of a document; empty where both find nothing. Raises Refusal."""
    running = {name: _started(command, file) for name, command in COMMANDS.items()}
    said = {name: process.communicate(timeout=120)[0] for name, process in running.items()}
    return [f"{name}: {said[name]}" for name, process in running.items() if process.returncode]


def _started(command: tuple[str, ...], file: Path) -> subprocess.Popen[str]:
    program, *arguments, rules = command
    if not (ROOT / BIN / program).exists():
        raise Refusal(f"{BIN}/{program} is missing: make install.")
    return subprocess.Popen(
        [node.found(), f"{BIN}/{program}", *arguments, str(HERE / rules), str(file)],
        cwd=ROOT,
        env=os.environ | QUIET,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
