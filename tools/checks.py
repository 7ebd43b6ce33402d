"""What would stop the sources, as they now are, from being served."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ".chalice/config.json"
# Of a stack, which is the narrowest of all that is named for the app.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


def problem(files: Iterable[Path]) -> str:
    """Why these, all that is served, cannot be; "" where they can."""
    for file in files:
        if file.suffix == ".json":
            try:
                json.loads(file.read_text())
            except ValueError as error:
                return f"{file.relative_to(ROOT)}: {error}"
    return misnamed() or _unready()


def misnamed() -> str:
    """What .chalice/config.json lacks for a name to be made of it; "" where nothing."""
    config = json.loads((ROOT / CONFIG).read_text())
    name = config.get("app_name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return f"{CONFIG}: set app_name to letters, digits and -, a letter first; it is {name!r}."
    if (given := config.get("environment_variables", {}).get("APP_NAME")) != name:
        return (
            f"{CONFIG}: set environment_variables.APP_NAME to {name}, as app_name; it is {given!r}."
        )
    local = config.get("stages", {}).get("local", {}).get("environment_variables", {})
    if (stage := local.get("STAGE")) != "local":
        return f"{CONFIG}: set STAGE of stage local to local; it is {stage!r}."
    return ""


def _unready() -> str:
    """Import the sources in a process of their own, and compare them with infra/data.json."""
    env = {name: value for name, value in os.environ.items() if name != "AWS_CHALICE_CLI_MODE"}
    path = os.pathsep.join([str(ROOT), str(ROOT / "vendor")])
    done = subprocess.run(
        [sys.executable, "-m", "tools.resources.matching"],
        cwd=ROOT,
        env=env | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip() if done.returncode else ""
