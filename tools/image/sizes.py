"""How large our layers are, compressed, and what of them one feature alone needs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from packaging.utils import canonicalize_name

from tools.deploy.extras import Extra
from tools.image.archive import TASK, Archive
from tools.stages import Stage

MB = 10**6
# MB: what is larger starts later. Features have budgets of their own, for an API that has no use
# for one never imports any of it.
BUDGET = 6.8
PACKAGES = f"{TASK}packages.json"


def of(extra: Extra, held: Archive, stage: Stage) -> int:
    """By how many bytes the layers were smaller, compressed, without a feature."""
    lower, upper = held.layers
    metadata = [data for name, (_, data) in lower.files.items() if name.endswith("info/METADATA")]
    added = extra.packages(metadata, stage)
    places = {
        place
        for each in json.loads(held.read(PACKAGES))
        if canonicalize_name(each["name"]) in added
        for place in each["places"]
    }
    return lower.saved_without(lambda path: path.split("/")[0] in places) + upper.saved_without(
        extra.owns
    )


def told(layers: Mapping[str, int], features: Mapping[Extra, int]) -> list[str]:
    """A line for each layer, and for each budget."""
    rest = sum(layers.values()) - sum(features.values())
    return [
        *(_line(title, size) for title, size in layers.items()),
        *(_line(extra.title, size, extra.budget) for extra, size in features.items()),
        _line("all the rest", rest, BUDGET),
    ]


def _line(part: str, size: int, budget: float = 0.0) -> str:
    of_it = f" of {budget:g}" if budget else ""
    over = ": more than it should be, and each cold start pays for it"
    return f"  {part:16}{size / MB:6.2f} MB{of_it}{over if budget and size > budget * MB else ''}"
