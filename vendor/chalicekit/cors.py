"""Cross-origin answers (Fetch standard), the same on every path to Lambda.

The gateway could answer them too, but for one origin only, and not on its own errors.
"""

from __future__ import annotations

from collections.abc import Iterable

from .settings import Settings

EXPOSED = (
    "ETag, Location, Link, Retry-After, Allow, Accept-Patch, Idempotent-Replayed, X-Request-Id, "
    "WWW-Authenticate, RateLimit, RateLimit-Policy"
)
ALLOWED = (
    "Authorization",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    # for tracing
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
    "X-Request-Id",
)
MAX_AGE = "7200"  # seconds; browsers take no more


def headers(settings: Settings, origin: str | None) -> dict[str, str]:
    """What every answer to this origin carries."""
    if not settings.origins:
        return {}
    if "*" in settings.origins:
        return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED}
    answer = {"Vary": "Origin"}
    if origin is not None and any(_fits(origin, allowed) for allowed in settings.origins):
        answer["Access-Control-Allow-Origin"] = origin
        answer["Access-Control-Expose-Headers"] = EXPOSED
        if settings.cors_credentials:
            answer["Access-Control-Allow-Credentials"] = "true"
    return answer


def preflight(settings: Settings, methods: Iterable[str]) -> dict[str, str]:
    """What the answer to a preflight carries beside `headers`."""
    return {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": ", ".join([*ALLOWED, *settings.cors_headers]),
        "Access-Control-Max-Age": MAX_AGE,
    }


def _fits(origin: str, allowed: str) -> bool:
    if not allowed.endswith(":*"):
        return origin == allowed
    host = allowed.removesuffix(":*")
    if origin == host:
        return True
    before, _, port = origin.rpartition(":")
    return before == host and port.isascii() and port.isdigit()
