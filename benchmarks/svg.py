"""What the plots of docs/ have in common: an SVG without script, read by day and by night."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

STYLE = """
.ground { fill: #ffffff }
text { font: 13px system-ui, sans-serif; fill: #24292f; stroke: #ffffff }
text { stroke-width: 4px; paint-order: stroke }
.title { font-weight: 600 }
.bar { fill: #8c959f } .plain { fill: #c9d1d9 } .own { fill: #0969da }
.one { stroke: #57606a; stroke-dasharray: 3 3 } .grid { stroke: #d8dee4 }
path { fill: none; stroke-width: 2px; stroke: #8c959f }
path.own { fill: none; stroke: #0969da } path.plain { fill: none; stroke-dasharray: 5 4 }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117 } text { fill: #e6edf3; stroke: #0d1117 }
  .bar { fill: #7d8590 } .plain { fill: #484f58 } .own { fill: #58a6ff }
  .one { stroke: #9198a1 } .grid { stroke: #30363d }
  path { stroke: #7d8590 } path.own { stroke: #58a6ff }
}
"""


def framed(told: str, width: int, height: int, parts: Iterable[str]) -> str:
    """The whole SVG; `told` is what it says to who does not see it."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(told)}</title>",
        f"<style>{STYLE}</style>",
        # Its own ground: a page may be dark where its reader's system is not.
        f'<rect class="ground" width="{width}" height="{height}" rx="6"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
