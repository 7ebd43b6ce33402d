"""AWS's services as botocore describes them: the layer holds those that the code asks for."""

from __future__ import annotations

import base64
import csv
import hashlib
from pathlib import Path

from tools.deploy import dependencies
from tools.image import services
from tools.lines import Show
from tools.refusals import Refusal

DATA = "botocore/data/"


def trim(folder: Path, own: list[str], show: Show = print) -> None:
    """Leave in `folder`/vendor what clients of the services in use read.

    `own` are the API's own files, relative to `folder`. Raises Refusal where one of them leaves it
    open which service it wants.
    """
    vendor = folder / "vendor"
    modules = [path for path in own if path.endswith(".py")]
    try:
        used = services.used(folder, modules, vendor)
    except services.UnknownServiceError as unknown:
        raise Refusal(str(unknown)) from None
    services.trim(vendor / DATA, used)
    _record(vendor)
    show(f"AWS's services in use: {', '.join(sorted(used))}.")


def _record(vendor: Path) -> None:
    """Let botocore's RECORD tell what is left, for that is what a layer is compared with."""
    for record, rows in dependencies.recorded(vendor):
        if not record.parent.name.startswith("botocore-"):
            continue
        left = [_row(vendor, row) for row in rows if (vendor / row[0]).is_file()]
        with record.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(left)


def _row(vendor: Path, row: list[str]) -> list[str]:
    if row[0] != DATA + services.ENDPOINTS:
        return row
    data = (vendor / row[0]).read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return [row[0], f"sha256={digest}", str(len(data))]
