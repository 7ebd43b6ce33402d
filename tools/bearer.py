"""The token in TOKEN=, with which commands call an API that asks for one."""

from __future__ import annotations

import os
import re

from tools.refusals import Refusal


def token() -> str:
    """It, without `Bearer`; "" where none is given. Raises Refusal."""
    given = re.sub(r"^bearer\s+", "", os.environ.get("TOKEN", "").strip(), flags=re.IGNORECASE)
    if given and not re.fullmatch(r"[A-Za-z0-9._~+/=-]+", given):
        raise Refusal("TOKEN= is no token: give what stands behind Bearer in Authorization.")
    return given


def headers() -> dict[str, str]:
    """The header that carries it; none where none is given. Raises Refusal."""
    return {"Authorization": f"Bearer {given}"} if (given := token()) else {}
