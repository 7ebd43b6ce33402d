"""The `parameters` of .chalice/config.json: what the templates in infra/ leave open."""

from __future__ import annotations

import difflib
import json
import math
import re
from pathlib import Path
from typing import Any

from tools import ROOT
from tools.refusals import Refusal
from tools.stages import Stage

DATA, API, IMAGE = "infra/data.json", "infra/api.json", "infra/image.json"
# Set by the commands themselves.
OURS = {"App", "Stage", "StableVersion", "CanaryWeight", "ImageUri"}
# Of infra/api.json, what tools/deploy/gateway.py reads for VIA=chalice.
CHALICE = {"LogRetentionDays", "ThrottleRate", "ThrottleBurst"}
# CloudFormation has one type for all numbers, and AWS takes no fraction of these.
WHOLE = {"ThrottleBurst", "ProvisionedConcurrency", "AlarmErrors"}
NUMBER = r"-?[0-9]+(\.[0-9]+)?"


def check(stage: Stage, root: Path = ROOT) -> None:
    """Raise Refusal for a parameter that no template declares, or that cannot have this value."""
    declared = _declared(root)
    for name, value in sorted(stage.parameters.items()):
        where = f".chalice/config.json, stage {stage.name}"
        if name not in declared:
            known = difflib.get_close_matches(name, declared, 1) or sorted(declared)
            raise Refusal(f"{where}: there is no parameter {name}; there is {', '.join(known)}.")
        if takes := _refused(value, declared[name], name in WHOLE):
            raise Refusal(f"{where}: {name} is {value or 'empty'}, and takes {takes}.")


def ignored(stage: Stage, via: str, root: Path = ROOT) -> str:
    """A line about what the stage sets and this way of deploying leaves out; "" where nothing."""
    declared, ways = _declared(root), by_way(root)
    others = [
        f"{name} ({', '.join(way for way in ways if name in ways[way])})"
        for name, value in stage.parameters.items()
        if name not in ways[via] and value != str(declared[name]["Default"])
    ]
    return f"VIA={via} leaves out what only others have: {', '.join(others)}." if others else ""


def by_way(root: Path = ROOT) -> dict[str, set[str]]:
    """The names of the parameters that each VIA takes."""
    data, api, image = (_names(root / file) for file in (DATA, API, IMAGE))
    return {"chalice": data | api & CHALICE, "package": data | api, "image": data | image}


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


def _declared(root: Path) -> dict[str, dict[str, Any]]:
    """What .chalice/config.json may set, as the templates declare it."""
    files = [read(root / file).get("Parameters", {}) for file in (DATA, API, IMAGE)]
    return {n: one for declared in files for n, one in declared.items() if n not in OURS}


def _names(file: Path) -> set[str]:
    return {*read(file).get("Parameters", {})} - OURS


def _refused(value: str, declaration: dict[str, Any], whole: bool) -> str:
    """What CloudFormation would take instead, in words; "" where it takes the value."""
    allowed = [str(one) for one in declaration.get("AllowedValues", [])]
    if allowed:
        return "" if value in allowed else f"one of {', '.join(allowed)}"
    if declaration["Type"] == "Number":
        return _refused_number(value, declaration, whole)
    if re.fullmatch(declaration.get("AllowedPattern", ".*"), value):
        return ""
    said: str = declaration["ConstraintDescription"]
    return said.removeprefix("must be ")


def _refused_number(value: str, declaration: dict[str, Any], whole: bool) -> str:
    least, most = declaration.get("MinValue", -math.inf), declaration.get("MaxValue", math.inf)
    kind, form = ("a whole number", "-?[0-9]+") if whole else ("a number", NUMBER)
    if re.fullmatch(form, value) and least <= float(value) <= most:
        return ""
    bounds = {"from": least, "to": most}
    return " ".join([kind, *(f"{to} {at}" for to, at in bounds.items() if math.isfinite(at))])
