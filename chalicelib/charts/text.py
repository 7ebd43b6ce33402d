"""How wide a text is in the fonts that it is drawn with, and how it is made to fit."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"
ADVANCES = FOLDER / "advances.json"  # in thousandths of the size, of what is not one em wide
# For a reader's own fonts, in an SVG; in a PNG the first three are those beside this file.
FAMILIES = "Noto Sans, Noto Sans CJK JP, Noto Emoji, system-ui, sans-serif"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def width(text: str, size: float) -> float:
    """How many pixels a text takes in one line, at a font size."""
    known = _advances()
    return sum(known.get(char, 1000) for char in text) * size / 1000


def fitted(text: str, size: float, room: float) -> str:
    """The text, or as much of it as fits with an ellipsis behind it; "" where nothing does."""
    if width(text, size) <= room:
        return text
    room -= width(ELLIPSIS, size)
    known, end = _advances(), 0
    for end, char in enumerate(text):  # noqa: B007 - where it stops is what is asked
        room -= known.get(char, 1000) * size / 1000
        if room < 0:
            break
    return text[:end].rstrip() + ELLIPSIS if end else ""


@cache
def _advances() -> dict[str, int]:
    found: dict[str, int] = json.loads(ADVANCES.read_text("utf-8"))
    return found
