"""Whose tokens a stage accepts: the settings AUTH_..., read where AUTH_ISSUER is set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# The only ones that are ever accepted: no secret is shared, and none is weak.
ALGORITHMS = ("RS256", "ES256", "EdDSA")
LEEWAY = 30  # seconds by which two clocks may differ
MOST_LEEWAY = 300
# What stands here for a host is what every program takes for it: no user, no backslash.
_REST = r"(:[0-9]{1,5})?(/[!-\[\]-~]*)?"
_SAFE = rf"https://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]){_REST}"
_LOOPBACK = rf"https?://(127\.0\.0\.1|localhost|\[::1\]){_REST}"


@dataclass(frozen=True, slots=True)
class Trust:
    """An OpenID Connect issuer, and what its tokens must say; see docs/settings.md."""

    issuer: str
    audiences: tuple[str, ...]
    algorithms: tuple[str, ...]
    leeway: int  # seconds
    keys_url: str  # "" where the issuer's own document names it
    client_id: str  # of the pages, as a public client of the issuer; "" where they log nobody in
    scope_prefix: str  # what an issuer such as Cognito puts before each scope


def read(env: Mapping[str, str]) -> Trust:
    """The trust that an environment describes. Raises ValueError, which says what to set."""
    algorithms = tuple(env.get("AUTH_ALGORITHMS", "").replace(",", " ").split())
    trust = Trust(
        issuer=_address("AUTH_ISSUER", env["AUTH_ISSUER"]),
        audiences=tuple(env.get("AUTH_AUDIENCE", "").replace(",", " ").split()),
        algorithms=algorithms or ALGORITHMS,
        leeway=_leeway(env.get("AUTH_LEEWAY", "")),
        keys_url=env.get("AUTH_KEYS_URL", "") and _address("AUTH_KEYS_URL", env["AUTH_KEYS_URL"]),
        client_id=env.get("AUTH_CLIENT_ID", ""),
        scope_prefix=env.get("AUTH_SCOPE_PREFIX", ""),
    )
    if not trust.audiences:
        raise ValueError(
            "set AUTH_AUDIENCE to what tokens for this API name as their audience: without it, "
            "those for any other API of this issuer would do"
        )
    if unknown := [name for name in algorithms if name not in ALGORITHMS]:
        raise ValueError(f"AUTH_ALGORITHMS: {unknown[0]} is not among {', '.join(ALGORITHMS)}")
    return trust


def safe(url: str) -> bool:
    """Whether what is fetched there is what its owner sent: by TLS, or from this machine."""
    return re.fullmatch(_SAFE, url) is not None or loopback(url)


def loopback(url: str) -> bool:
    """Whether what is sent there stays on this machine."""
    return re.fullmatch(_LOOPBACK, url) is not None


def _address(name: str, value: str) -> str:
    if not safe(value) or "?" in value or "#" in value:
        raise ValueError(
            f"{name} must be an https:// URL without a query, or http:// on this machine"
        )
    return value


def _leeway(value: str) -> int:
    if not value:
        return LEEWAY
    if not re.fullmatch(r"[0-9]{1,3}", value) or int(value) > MOST_LEEWAY:
        raise ValueError(f"AUTH_LEEWAY must be a whole number of seconds, at most {MOST_LEEWAY}")
    return int(value)
