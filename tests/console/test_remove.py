"""`make remove NAME=console` leaves nothing of it but its history."""

from pathlib import Path

import pytest

from tests.clone import Clone

HISTORY = {"CHANGELOG.md", "docs/decisions.md"}
# Names by module what is public, there or not; what `make client` makes anew, with npm's packages.
SHARED = {"tests/security/test_scopes.py", "examples/typescript/schema.d.ts"}


@pytest.mark.slow
def test_it_goes_with_all_that_is_its_own(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone", whole=True)
    told = clone.tool("remove", "console")
    assert "still names" not in told
    assert "Still about /console: examples/typescript/schema.d.ts." in told
    left = {path: data for path, data in clone.tree().items() if path not in HISTORY | SHARED}
    for path, data in left.items():
        assert b"chalicelib.console" not in data, path
        assert b"console.md" not in data, path
        assert b"/console" not in data.replace(b"aws.amazon.com/console", b""), path
    assert not [path for path in left if "console" in path]
    assert "chalicelib/web/elements.js" in left, "the first page needs it"
    clone.python("ruff", "check")
