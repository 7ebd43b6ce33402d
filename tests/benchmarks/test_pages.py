"""What is told of pages at several sizes: a table, and a curve."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks import curve, pages
from benchmarks.asked import Cost

FOUND = {
    (size, name): Cost(1, 0.5, 2.04, waited)
    for size, waited in ((1_000, 2.5), (1_000_000, 3.0))
    for name in pages.KINDS
}


def test_a_size_has_a_line_for_each_list() -> None:
    assert pages.table(FOUND).splitlines()[2:] == [
        "| 1,000 | the table's own order | 1 | 0.5 | 2.0 | 2.5 |",
        "| 1,000 | newest first | 1 | 0.5 | 2.0 | 2.5 |",
        "| 1,000,000 | the table's own order | 1 | 0.5 | 2.0 | 3.0 |",
        "| 1,000,000 | newest first | 1 | 0.5 | 2.0 | 3.0 |",
    ]


def test_the_curve_of_pages_is_flat_and_that_of_a_total_is_not() -> None:
    root = ET.fromstring(curve.draw(pages.panels(FOUND)))
    page, total, _ = (_heights(path.attrib["d"]) for path in root.findall("{*}path"))
    assert page[0] == page[-1]
    assert round((total[0] - total[-1]) / curve.TEN, 1) == 3.0  # a thousand times: three tens
    assert not root.findall("{*}script")
    title = root.findtext("{*}title", "")
    assert "a page, 0.5 at 1,000 users, 0.5 at 1,000,000 users" in title


def test_both_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document, plot = _files(tmp_path, monkeypatch)
    pages.write(FOUND)
    before, told, after = document.read_text().partition(pages.table(FOUND))
    assert told
    assert before.startswith("Before.\n<!-- measured -->\nMeasured on 20")
    assert after == "\n<!-- end -->\nAfter.\n"
    assert plot.read_text() == curve.draw(pages.panels(FOUND))


def test_what_cannot_be_drawn_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, plot = _files(tmp_path, monkeypatch)
    with pytest.raises(ValueError, match="unpack"):
        pages.write({key: cost for key, cost in FOUND.items() if key[0] == 1_000})
    assert "old" in document.read_text()
    assert not plot.exists()


def test_one_size_is_no_curve(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["pages.py", "1000", "1000", "--write"])
    with pytest.raises(SystemExit):
        pages.main()
    assert "--write draws a curve, which takes two sizes" in capsys.readouterr().err


def _files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    document, plot = folder / "scaling.md", folder / "scaling.svg"
    document.write_text("Before.\n<!-- measured -->\nold\n<!-- end -->\nAfter.\n")
    monkeypatch.setattr(pages, "DOCUMENT", document)
    monkeypatch.setattr(pages, "PLOT", plot)
    return document, plot


def _heights(way: str) -> list[float]:
    return [float(place.split()[1]) for place in way.removeprefix("M ").split(" L ")]
