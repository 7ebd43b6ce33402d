"""How far a backfill got, kept for the run that goes on."""

import time
from pathlib import Path

import pytest

from tools.backfill.checkpoint import SEGMENTS, STALE_SECONDS, Checkpoint, Tally


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """What a run left that had done one segment."""
    tally = Tally()
    tally.did("users read", 7)
    tally.find("duplicates", "users email: 1 and 2")
    Checkpoint(kept := tmp_path / "kept.json", "run").passed("users", 3, tally)
    return kept


def test_the_same_run_goes_on(file: Path) -> None:
    again = Checkpoint(file, "run")
    assert again.resumed
    assert again.left("users") == [n for n in range(SEGMENTS) if n != 3]
    assert again.left("claims") == [*range(SEGMENTS)]
    assert again.tally.done == {"users read": 7, "duplicates": 1}
    assert again.tally.found == {"duplicates": ["users email: 1 and 2"]}


def test_another_run_does_not(file: Path) -> None:
    assert not Checkpoint(file, "another").resumed


@pytest.mark.parametrize(("older", "resumed"), [(-60.0, True), (0.0, False)])
def test_it_grows_stale(
    file: Path, monkeypatch: pytest.MonkeyPatch, older: float, resumed: bool
) -> None:
    begun = time.time()
    Checkpoint(file, "run").passed("users", 4, Tally())  # does not make it younger
    monkeypatch.setattr(time, "time", lambda: begun + STALE_SECONDS + older)
    assert Checkpoint(file, "run").resumed is resumed


def test_after_the_end_there_is_nothing_to_go_on_from(file: Path) -> None:
    Checkpoint(file, "run").end()
    assert not file.exists()
    assert not Checkpoint(file, "run").resumed
