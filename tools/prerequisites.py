"""What a stage needs before it is deployed; asked before anything is installed for it, too.

    python3 tools/prerequisites.py dev

It runs on any Python 3, and needs nothing that make installs. Each function gives the line that
says what to do, or "" where nothing is.
"""

import json
import sys
from pathlib import Path
from typing import Any

FILE = ".chalice/config.json"
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")  # on Lambda, for Chalice 1.34 and for the kit
DEFAULT = PYTHONS[0]
LOCAL = "Stage local is this machine, where `make run` serves it: add STAGE=dev."


def unknown(stage: str, names: "list[str]") -> str:
    """Whether .chalice/config.json names the stage."""
    if stage in names:
        return ""
    return f"STAGE={stage}: {FILE} has only {', '.join(names)}; to add one: docs/deploy.md."


def python(stage: str, declared: str) -> str:
    """Whether Lambda has the stage's Python, and this is it."""
    here = ".".join(map(str, sys.version_info[:2]))
    if declared not in PYTHONS:
        return f'{FILE}: python_version is "{declared}", and takes one of {", ".join(PYTHONS)}.'
    if here == declared:
        return ""
    return (
        f"Stage {stage} runs on Python {declared}, and this is {here}: add PYTHON=python{declared} "
        f"to the command (exported, it holds for every make), or change python_version in {FILE}."
    )


def settings(stage: str, app: str, environment: "dict[str, str]") -> str:
    """Whether it has the settings that nothing can be deployed without."""
    for name, value in (("STAGE", stage), ("APP_NAME", app)):
        if environment.get(name) != value:
            return (
                f'Stage {stage} needs {name} to be "{value}": set it in environment_variables '
                f"in {FILE}."
            )
    if not (environment.get("AUTH") or environment.get("AUTH_ISSUER")):
        return (
            f"Stage {stage} does not say who may call it: set AUTH_ISSUER and AUTH_AUDIENCE in its "
            f'environment_variables in {FILE}, or "AUTH": "none", which serves everybody.'
        )
    return ""


def lacking(name: str, config: "dict[str, Any]") -> str:
    """The first of all these lines, by the file as it stands."""
    if name in ("", "local"):
        return LOCAL
    stages = config["stages"]
    if line := unknown(name, list(stages.keys())):
        return line
    either = {**config, **stages[name]}
    both = (one.get("environment_variables", {}) for one in (config, stages[name]))
    environment = {key: value for one in both for key, value in one.items()}
    return python(name, either.get("python_version", DEFAULT)) or settings(
        name, config["app_name"], environment
    )


def main(name: str) -> None:
    """End the process with the line, where there is one."""
    try:
        config = json.loads((Path(__file__).resolve().parent.parent / FILE).read_text())
        line = lacking(name, config)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return  # a file that is odd in itself: what is wrong there is said later
    sys.exit(line or 0)


if __name__ == "__main__":
    main(sys.argv[1])
