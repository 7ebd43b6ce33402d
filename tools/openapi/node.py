"""Node, which runs what npm brings."""

from __future__ import annotations

import os
import shutil

from tools import ROOT
from tools.refusals import Refusal


def found() -> str:
    """Its path: where npm was missing, make install has brought both. Raises Refusal."""
    path = os.pathsep.join([os.environ["PATH"], str(ROOT / ".venv/bin")])
    if node := shutil.which("node", path=path):
        return node
    raise Refusal("Node is missing: make install.")
