"""The RECORDs of packages: which files each brought, with their hashes and sizes."""

from __future__ import annotations

import base64
import csv
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

Row = list[str]  # a path relative to the folder of the packages, its hash, its size


def recorded(site: Path) -> Iterator[tuple[Path, list[Row]]]:
    """Each RECORD and its rows."""
    for record in sorted(site.glob("*.dist-info/RECORD")):
        with record.open(newline="") as file:
            yield record, [row for row in csv.reader(file) if row]


def write(record: Path, rows: list[Row]) -> None:
    with record.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def renew(site: Path, changed: Callable[[str], bool]) -> None:
    """Let the RECORDs tell what is there, for that is what a layer is compared with.

    Those of paths that `changed` names get new hashes; files that went go.
    """
    for record, rows in recorded(site):
        left = [row for row in rows if (site / row[0]).is_file()]
        new = [_row(site, row[0]) if changed(row[0]) else row for row in left]
        if new != rows:
            write(record, new)


def _row(site: Path, path: str) -> Row:
    data = (site / path).read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return [path, f"sha256={digest}", str(len(data))]
