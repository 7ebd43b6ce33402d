"""`make remove NAME=contact` leaves nothing of the form but its history."""

import json
from pathlib import Path

import pytest

from tests.clone import Clone

HISTORY = {"CHANGELOG.md", "docs/decisions.md"}


@pytest.mark.slow
def test_it_goes_with_all_that_is_its_own(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone", whole=True)
    told = clone.tool("remove", "contact")
    assert "still names" not in told
    left = {path: data for path, data in clone.tree().items() if path not in HISTORY}
    for path, data in left.items():
        assert b"contact.py" not in data, path
        assert b"contact.md" not in data, path
        assert b"chalicelib.contact" not in data, path
    for path in (".chalice/config.json", "infra/data.json", "app.py", "README.md"):
        assert "contact" not in clone.text(path).lower(), path
    assert "CONTACT_" not in clone.text("docs/settings.md")
    assert json.loads(clone.text("infra/data.json"))["Parameters"].keys() >= {"App", "Stage"}
    assert not [path for path in left if "contact" in path]
    clone.python("ruff", "check")
