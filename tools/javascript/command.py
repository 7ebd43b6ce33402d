"""`python -m tools.javascript`: what is wrong with the scripts of the pages and of node."""

from __future__ import annotations

from tools.javascript import eslint, sources
from tools.refusals import Refusal


def main() -> None:
    """Print nothing where all is well. Raises Refusal, with a line for each complaint."""
    found = sources.pages()
    lines = [f"{path}: no page has it" for path in sources.lost(found)]
    lines += eslint.complaints([*found, *sources.modules()])
    if lines:
        raise Refusal("\n".join(lines))
