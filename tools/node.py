"""Node, which runs what npm brings."""

from __future__ import annotations

import shutil

from tools import install
from tools.refusals import Refusal


def found() -> str:
    """Its path: where npm was missing, make install has brought both. Raises Refusal."""
    if node := shutil.which("node", path=install.path()):
        return node
    raise Refusal("Node is missing: make install.")
