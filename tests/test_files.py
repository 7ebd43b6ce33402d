"""Files written whole or not at all."""

from pathlib import Path

import pytest

from tools import files


def test_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    files.replace(file, "one")
    files.replace(file, "two")
    assert file.read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["policy.json"]


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "policy.json"
    file.write_text("one")
    write = Path.write_text

    def half(path: Path, text: str) -> int:
        write(path, text[:1])
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError, match="No space"):
        files.replace(file, "two")
    assert file.read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["policy.json"]
