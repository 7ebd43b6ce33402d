"""The tokens of the local issuer: access tokens (RFC 9068), and ID tokens beside them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from secrets import token_urlsafe
from typing import Any

import jwt

from tools.issuer import store

LIFETIME = 3600  # seconds


def access(
    issuer: str,
    *,
    subject: str,
    scopes: Iterable[str],
    audience: str,
    client_id: str,
    lifetime: int = LIFETIME,
) -> str:
    """An access token; one whose `lifetime` in seconds is negative has expired. Raises Refusal."""
    claims = {"aud": audience, "client_id": client_id, "scope": " ".join(scopes)}
    return _signed("at+jwt", issuer, subject, claims | {"jti": token_urlsafe(12)}, lifetime)


def identity(issuer: str, *, subject: str, client_id: str, nonce: str) -> str:
    """An ID token, which says to the client who logged in, and opens nothing. Raises Refusal."""
    claims = {"aud": client_id} | ({"nonce": nonce} if nonce else {})
    return _signed("JWT", issuer, subject, claims, LIFETIME)


def _signed(kind: str, issuer: str, subject: str, claims: dict[str, Any], lifetime: int) -> str:
    now, key = int(time.time()), store.key()
    whole = {"iss": issuer, "sub": subject, "iat": now, "exp": now + lifetime} | claims
    headers = {"typ": kind, "kid": store.public(key)["kid"]}
    return jwt.encode(whole, key, algorithm=store.ALGORITHM, headers=headers)
