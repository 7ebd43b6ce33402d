"""`make remove NAME=charts` leaves nothing of charts but their history."""

import sys
from pathlib import Path

from tests.clone import Clone


def test_charts_go_whole(tmp_path: Path) -> None:
    """In a process of its own, what is left serves what is left, and is granted no bucket."""
    clone = Clone(tmp_path / "clone", whole=True)
    assert "still names" not in clone.tool("remove", "charts")
    left = {path: text for path, text in clone.tree().items() if not path.startswith("CHANGELOG")}
    assert not [path for path in left if "chart" in path]
    for path in ("app.py", "infra/data.json", "README.md", ".chalice/policy-dev.json"):
        assert b"chart" not in left[path].lower(), path
    for path in ("requirements.txt", "requirements-dev.txt", "docs/settings.md"):
        assert b"resvg" not in left[path], path
        assert b"pillow" not in left[path], path
        assert b"CHARTS" not in left[path], path
    served = clone.run(
        sys.executable,
        "-c",
        "import app; print(*app.app.routes)",
        PYTHONPATH="vendor",
        APP_NAME="x",
    )
    assert "/users" in served.stdout, served.stderr
    assert "/charts" not in served.stdout
