"""`make remove NAME=charts` leaves nothing of charts but their history."""

import re
import sys
from pathlib import Path

import pytest

from tests.clone import Clone
from tools.image import lock

HISTORY = {"CHANGELOG.md", "docs/decisions.md"}


@pytest.mark.slow
def test_charts_go_whole(tmp_path: Path) -> None:
    """In a process of its own, what is left serves what is left, and is granted no bucket."""
    clone = Clone(tmp_path / "clone", whole=True)
    assert "still names" not in clone.tool("remove", "charts")
    left = {path: data for path, data in clone.tree().items() if path not in HISTORY}
    assert not [path for path in left if "chart" in path]
    told = re.compile(
        rb"(?i)resvg|pillow|CHARTS_|ChartsBucket|charts\.(py|md|html)|chalicelib.charts"
    )
    assert [path for path, data in left.items() if told.search(data)] == []
    for path in ("app.py", "infra/data.json", "infra/ci.json", "README.md", "docs/settings.md"):
        assert b"charts" not in left[path].lower(), path
    assert lock.stale(clone.folder) == ""
    served = clone.run(
        sys.executable,
        "-c",
        "import app; print(*app.app.routes)",
        PYTHONPATH="vendor",
        APP_NAME="x",
    )
    assert "/health" in served.stdout, served.stderr
    assert "/charts" not in served.stdout
