"""`make remove NAME=reference` leaves nothing of the page but its history."""

import json
from pathlib import Path

import pytest

from tests.clone import Clone

HISTORY = {"CHANGELOG.md", "docs/decisions.md"}


@pytest.mark.slow
def test_it_goes_with_all_that_is_its_own(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone", whole=True)
    assert "still names" not in clone.tool("remove", "reference")
    left = {path: data for path, data in clone.tree().items() if path not in HISTORY}
    for path, data in left.items():
        for told in (b"swagger-ui", b"Swagger UI", b"reference.md", b"chalicelib.reference"):
            assert told not in data, path
        assert b"REFERENCE_PAGE" not in data, path
    assert not [path for path in left if path.startswith("chalicelib/web/reference")]
    for path in ("package.json", "package-lock.json"):
        assert "dynoxide" in json.dumps(json.loads(clone.text(path)))
    clone.python("ruff", "check")
    clone.python("tools.assets")  # there is nothing to make
