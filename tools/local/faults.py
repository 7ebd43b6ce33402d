"""A slow and failing API on purpose, for work on a frontend: `make run LATENCY=300 ERRORS=5`."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any

from chalice.app import Chalice, Request, Response


class FaultError(Exception):
    """LATENCY or ERRORS is no number that makes sense; the message says which."""


def install(app: Chalice) -> str:
    """Slow each answer by LATENCY ms, and answer ERRORS percent with 503 and do nothing else.

    Gives a line that says so, "" where neither is set. To be called after `complete(app)`: an
    injected answer then gets the headers of every other one. Raises FaultError.
    """
    latency, errors = asked()
    if not latency and not errors:
        return ""
    from chalicekit import answers, problems
    from chalicekit.call import current

    def spoil(request: Request, get_response: Callable[[Any], Response]) -> Response:
        time.sleep(latency / 1000)
        # Not a preflight: the browser would hide the answer that is to be tried.
        if request.method == "OPTIONS" or random.uniform(0, 100) >= errors:
            return get_response(request)
        injected = problems.Unavailable("unavailable", "Injected by ERRORS: nothing was done.")
        return answers.problem(injected, current())

    app.register_middleware(spoil, "http")
    return f"Every answer takes {latency:g} ms longer; {errors:g} % are 503."


def asked() -> tuple[float, float]:
    """LATENCY in ms and ERRORS in percent, 0 where they are not set. Raises FaultError."""
    return _number("LATENCY", 60_000), _number("ERRORS", 100)


def _number(name: str, most: float) -> float:
    text = os.environ.get(name) or "0"
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= most:
        raise FaultError(f"{name}={text}: give a number from 0 to {most:g}.")
    return value
