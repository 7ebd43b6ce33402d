"""What is told of pages at several sizes: a table, and a curve."""

import xml.etree.ElementTree as ET

from benchmarks import curve, pages

FOUND = {
    (size, name): pages.Cost(1, 0.5, 2.04, waited)
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


def _heights(way: str) -> list[float]:
    return [float(place.split()[1]) for place in way.removeprefix("M ").split(" L ")]
