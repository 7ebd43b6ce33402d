"""docs/openapi.json: what /openapi.json gives, the same on every machine."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tools import ROOT, kit
from tools.refusals import Refusal

Json = dict[str, Any]

FILE = ROOT / "docs/openapi.json"
CONFIG = ROOT / ".chalice/config.json"


def made() -> Json:
    """The document of the views as they are, of no stage: below /, and no issuer is named.

    Raises Refusal.
    """
    os.environ["APP_NAME"] = json.loads(CONFIG.read_text())["app_name"]  # app.py reads it
    kit.tables()
    import app
    from chalicekit import openapi
    from chalicekit.table import unique_members

    try:
        return openapi.document(app.app, taken=unique_members())
    except TypeError as error:
        raise Refusal(f"There is no OpenAPI document: {error}.") from None


def as_text(document: Json) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read(file: Path) -> Json | None:
    """The document in a file; None where there is none. Raises Refusal."""
    try:
        found: Json = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise Refusal(f"docs/{file.name} is no JSON ({error}): make openapi.") from None
    return found


def difference(one: object, other: object, where: str = "") -> str:
    """A JSON Pointer to the first place where two documents differ; "" where they do not."""
    if isinstance(one, dict) and isinstance(other, dict) and [*one] == [*other]:
        pairs = [(name, one[name], other[name]) for name in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(str(index), *both) for index, both in enumerate(zip(one, other, strict=True))]
    else:
        return "" if one == other and type(one) is type(other) else where or "/"
    steps = ((name.replace("~", "~0").replace("/", "~1"), *both) for name, *both in pairs)
    found = (difference(a, b, f"{where}/{step}") for step, a, b in steps)
    return next((place for place in found if place), "")
