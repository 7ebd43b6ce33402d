"""Which names a resource may have, and which can be taken out."""

from __future__ import annotations

import re
from pathlib import Path

from tools.data.tables import CLAIMS
from tools.renaming import Names, pascal
from tools.resources import edits
from tools.resources.owned import COPIED, is_resource

APP, DATA = "app.py", "infra/data.json"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*")
# What every API here has; and /openapi beside /openapi.json would be one name on the first page.
RESERVED = {"home", CLAIMS, "web", "openapi"}


class Refused(Exception):
    """Nothing was changed; the message says why, in one line."""


def check(name: str) -> None:
    """Raises Refused where this is no name at all."""
    if not NAME.fullmatch(name):
        raise Refused(
            f"{name!r} is no name: lower-case letters, digits and -, as in products or order-lines."
        )


def check_free(root: Path, new: Names) -> None:
    """Raises Refused where something else has the name, its path or its table."""
    for name in (new.many, new.one):
        check(name)
    if new.many in RESERVED:
        raise Refused(f"{new.many} is reserved.")
    for pattern in (*COPIED, "chalicelib/{s}"):
        if (root / (own := pattern.format(s=new.module))).exists():
            raise Refused(f"{own} is there already.")
    if new.module in edits.names((root / APP).read_text()):
        raise Refused(f"{new.module} means something else in {APP} already.")
    for path in sorted((root / "chalicelib").rglob("*.py")):
        if re.search(rf'@routes\.\w+\(\s*"/{new.many}[/"]', path.read_text()):
            raise Refused(f"{path.relative_to(root)} serves /{new.many} already.")
    if re.search(rf'-{new.many}"|"{pascal(new.many)}Table"', (root / DATA).read_text()):
        raise Refused(f"{DATA} has a table of {new.many} already.")


def resources(root: Path) -> list[str]:
    """Those that can be copied."""
    return [name for name in _modules(root) if is_resource(root, name)]


def removable(root: Path) -> str:
    """What could be taken out, in a sentence."""
    return f"There are: {', '.join(name for name in _modules(root) if name not in RESERVED)}."


def _modules(root: Path) -> list[str]:
    """The modules of chalicelib, in kebab-case."""
    paths = (path for path in (root / "chalicelib").iterdir() if path.stem[0] not in "_.")
    return sorted({path.stem.replace("_", "-") for path in paths})
