"""`make image STAGE=dev`: build a stage's image, and say what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools import ROOT
from tools.image.engines import Engine
from tools.lines import Show
from tools.stages import Stage


@dataclass(frozen=True)
class Image:
    """What was built."""

    reference: str  # its name here: <app>-<stage>:<tag>
    id: str  # sha256:...
    tag: str  # the commit, or the commit with the image's id where the source is not committed
    engine: Engine
    sbom: Path  # CycloneDX, JSON


def build(stage: Stage, root: Path = ROOT, engine: str = "", show: Show = print) -> Image:
    """Build the image of a stage. Raises Refusal."""
    raise NotImplementedError
