"""Whether this Python is that of a stage: asked before anything is installed for another one.

    python3 tools/deploy/python.py dev

It runs on any Python 3, and needs nothing that make installs.
"""

import json
import sys
from pathlib import Path

CONFIG = Path(__file__).resolve().parent.parent.parent / ".chalice/config.json"
DEFAULT = "3.11"


def wrong(stage: str, declared: str) -> str:
    """What to do where it is another one; "" where it is that one."""
    here = ".".join(map(str, sys.version_info[:2]))
    if here == declared:
        return ""
    return (
        f"Stage {stage} runs on Python {declared}, and this is {here}: add PYTHON=python{declared} "
        "to the command (exported, it holds for every make), or change python_version in "
        ".chalice/config.json."
    )


def main(stage: str) -> None:
    try:
        config = json.loads(CONFIG.read_text())
        own = config["stages"][stage]
    except (OSError, ValueError, KeyError):
        return  # what is wrong there is said later
    if stage == "local":
        return  # that it is not deployed, too
    declared = own.get("python_version", config.get("python_version", DEFAULT))
    sys.exit(wrong(stage, str(declared)) or 0)


if __name__ == "__main__":
    main(sys.argv[1])
