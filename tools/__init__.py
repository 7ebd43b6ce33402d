"""What make and `chalice local` start. Each ends in a line, not in a traceback of Python's own."""

import sys
from types import TracebackType


def say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What is printed where nothing else caught an exception, imports included."""
    if isinstance(error, KeyboardInterrupt):
        return  # who pressed Ctrl-C knows
    if isinstance(error, ModuleNotFoundError) and pinned(module := f"{error.name}".split(".")[0]):
        venv = sys.prefix.rpartition("/")[2]
        print(
            f"The installation is incomplete (no module named {module}): "
            f"delete {venv} and run make again.",
            file=sys.stderr,
        )
        return
    sys.__excepthook__(kind, error, trace)


def pinned(module: str) -> bool:
    """Whether a requirements file names it: else it is an import that is just being added."""
    import re

    files = ROOT.glob("requirements*.txt")
    names = {name for file in files for name in re.findall(r"(?m)^[\w-]+", file.read_text())}
    return module.lower() in {name.lower().replace("-", "_") for name in names}


sys.excepthook = say

from pathlib import Path  # noqa: E402  after the hook: Ctrl-C may come while it is imported

ROOT = Path(__file__).resolve().parent.parent
