"""What the local AWS has saved."""

from __future__ import annotations

import json
from pathlib import Path


def set_aside(folder: Path) -> list[str]:
    """Rename the files there that cannot be read to NAME.bad; gives a line for each.

    ministack would begin without them, and then write over them.
    """
    lines = []
    for file in sorted(folder.glob("*.json")):
        if wrong := _wrong(file):
            kept = file.with_name(f"{file.name}.bad")
            file.replace(kept)
            lines.append(f"{file} cannot be read ({wrong}): it is kept as {kept.name}.")
    return lines


def _wrong(file: Path) -> str:
    try:
        state = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        return str(error)
    return "" if isinstance(state, dict) else "no JSON object"
