"""What the two zips must hold: exactly the source, the kit and what is pinned, compiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tools.stages import Stage


def check(
    layer: Path, function: Path, stage: Stage, root: Path, show: Callable[[str], None] = print
) -> None:
    """Raises Refusal."""
