"""The `parameters` of .chalice/config.json: what infra/data.json and infra/api.json leave open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools import ROOT
from tools.refusals import Refusal
from tools.stages import Stage

FILES = ("infra/data.json", "infra/api.json")
OURS = {"App", "Stage", "StableVersion", "CanaryWeight"}  # set by the commands themselves


def check(stage: Stage, root: Path = ROOT) -> None:
    """Raise Refusal for a parameter that no template declares: it would have no effect."""
    declared = {name for file in FILES for name in read(root / file).get("Parameters", {})} - OURS
    for name in sorted(stage.parameters.keys() - declared):
        raise Refusal(
            f"Stage {stage.name} sets the parameter {name} (.chalice/config.json), "
            f"and there is only {', '.join(sorted(declared))}."
        )


def of(template: dict[str, Any], stage: Stage) -> dict[str, str]:
    """The values for a template: those that the stage sets, of those that it declares."""
    known = stage.parameters | {"App": stage.app, "Stage": stage.name}
    return {name: known[name] for name in template.get("Parameters", {}) if name in known}


def read(file: Path) -> dict[str, Any]:
    """A template. Raises Refusal."""
    try:
        template: dict[str, Any] = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        name = f"{file.parent.name}/{file.name}"
        raise Refusal(f"{name} cannot be read ({str(error).rstrip('.')}).") from None
    return template
