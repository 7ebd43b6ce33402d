"""How large our layers are, compressed, and what of them is there to check tokens alone."""

from __future__ import annotations

import json
from collections.abc import Mapping

from packaging.utils import canonicalize_name

from tools.deploy import authentication
from tools.image.archive import Archive
from tools.stages import Stage

MB = 10**6
# MB: what is larger starts later.
BUDGET = 8.0
TOKENS_BUDGET = 6.0  # beside it, for a stage that is open never imports any of that
PACKAGES = "var/task/packages.json"


def of_tokens(held: Archive, stage: Stage) -> int:
    """By how many bytes the dependencies were smaller, compressed, if no tokens were checked."""
    lower = held.layers[0]
    metadata = [data for name, (_, data) in lower.files.items() if name.endswith("info/METADATA")]
    added = authentication.packages(metadata, stage)
    places = {
        place
        for each in json.loads(held.read(PACKAGES))
        if canonicalize_name(each["name"]) in added
        for place in each["places"]
    }
    return lower.size_without(set()) - lower.size_without(places)


def told(layers: Mapping[str, int], tokens: int) -> list[str]:
    """A line for each layer, and for each budget."""
    return [
        *(_line(title, size) for title, size in layers.items()),
        _line("to check tokens", tokens, TOKENS_BUDGET),
        _line("all the rest", sum(layers.values()) - tokens, BUDGET),
    ]


def _line(part: str, size: int, budget: float = 0.0) -> str:
    of = f" of {budget:g}" if budget else ""
    over = ": more than it should be, and each cold start pays for it"
    return f"  {part:16}{size / MB:6.2f} MB{of}{over if budget and size > budget * MB else ''}"
