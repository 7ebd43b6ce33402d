"""What the tags of images are: the one asked for, or one that names the source."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tools.image import rules, source
from tools.refusals import Refusal

TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
LATEST = "latest"  # moves with each build here, and is no tag of a repository


def asked() -> str:
    """TAG of the environment; "" where there is none. Raises Refusal."""
    tag = os.environ.get("TAG", "")
    if tag and not TAG.fullmatch(tag):
        raise Refusal(f"TAG={tag}: a tag has up to 128 letters, digits, _, . and -.")
    if tag == LATEST or tag.startswith(rules.DEPLOYED):
        raise Refusal(
            f"TAG={tag}: {LATEST} and {rules.DEPLOYED}... are given by these commands themselves: "
            "choose another."
        )
    return tag


def of(root: Path, image_id: str) -> str:
    """The commit, or the commit with the image's id where the source is not committed."""
    commit, short = source.commit(root)[:12], image_id.partition(":")[2][:12]
    if not commit:
        return f"source-{short}"
    return commit if source.committed(root) else f"{commit}-{short}"
