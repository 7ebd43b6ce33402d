"""AWS's services as botocore describes them: the layer holds those that the code asks for."""

from __future__ import annotations

from pathlib import Path

from tools.deploy import record
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
    record.renew(vendor, lambda path: path.startswith(DATA))
    show(f"AWS's services in use: {', '.join(sorted(used))}.")
