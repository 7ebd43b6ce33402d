"""The API's own modules for tools: with vendor/ on the path, as Chalice puts it there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tools import ROOT
from tools.refusals import Refusal

if TYPE_CHECKING:
    from chalicekit.mailbox import Mailbox
    from chalicekit.settings import Choice
    from chalicekit.table import Table


def on_path() -> None:
    """Let app and chalicekit be imported."""
    for folder in (str(ROOT), str(ROOT / "vendor")):
        if folder not in sys.path:
            sys.path.append(folder)


def tables() -> list[Table[Any]]:
    """The tables of the modules that app.py mounts. Raises Refusal where it cannot be imported."""
    _import_app()
    from chalicekit.table import TABLES

    return [table for table in TABLES if table.model.__module__.startswith("chalicelib.")]


def buckets() -> list[str]:
    """The names of the buckets of these modules. Raises Refusal."""
    _import_app()
    objects = sys.modules.get("chalicekit.objects")  # where a module uses one
    return [bucket.name for bucket in objects.BUCKETS] if objects else []


def mailboxes() -> list[Mailbox]:
    """The mailboxes of these modules. Raises Refusal."""
    _import_app()
    from chalicekit.mailbox import MAILBOXES

    return [*MAILBOXES]


def choices() -> list[Choice]:
    """The settings of these modules that take one of a few words. Raises Refusal."""
    _import_app()
    from chalicekit.settings import CHOICES

    return [*CHOICES]


def _import_app() -> None:
    on_path()
    try:
        import app  # noqa: F401  its modules make all of these
    except Exception as error:  # noqa: BLE001  whatever a module raises is told in a line
        said = f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(".: ")
        raise Refusal(f"app.py cannot be imported ({said}): correct it.") from None
