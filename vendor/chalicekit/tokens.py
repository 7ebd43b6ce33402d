"""JSON Web Tokens: signature, issuer, audience and time, by PyJWT; what it leaves open, here.

Only a stage with AUTH_ISSUER imports this.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

import jwt

from . import issuer, jsonbody, settings
from .call import ANONYMOUS
from .problems import Problem
from .trust import Trust

# RFC 9068 has at+jwt, and many issuers JWT or nothing. Other types are made for other purposes.
TYPES = {"jwt", "at+jwt", "application/at+jwt"}
LONGEST = 8192  # characters of a token: API Gateway takes 10 KB of headers
OF_ID_TOKENS = {"nonce", "at_hash", "c_hash", "events"}  # and of logout tokens
LONGEST_SUBJECT = 255  # OpenID Connect Core, section 2

# A comma, which joins two headers of one name, fits no token.
_BEARER = re.compile(r"bearer +([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2})", re.IGNORECASE)


class Refused(Exception):
    """A token is not accepted; the reason is one of a few words, and never what was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verified(sent: str) -> tuple[str, frozenset[str]]:
    """The subject and the scopes of the token in an Authorization header.

    Raises Refused, and Unavailable where its key cannot be had.
    """
    trust = settings.current().trust
    assert trust, "asked only where AUTH_ISSUER is set"
    bearer = _BEARER.fullmatch(sent)
    if not bearer or len(token := bearer[1]) > LONGEST:
        raise Refused("form")
    key_id, algorithm = _header(token)
    # PyJWT and the keys that are taken hold to the algorithms, too; these locks are the first, and
    # spare made-up tokens the search for a key.
    if algorithm not in trust.algorithms:
        raise Refused("algorithm")
    key = issuer.of(trust).key(key_id)
    if key is None or key.algorithm_name != algorithm:
        raise Refused("key")
    claims = _claims(token, key, trust)
    if not _opens(claims):
        raise Refused("type")
    if not _audiences(claims) & {*trust.audiences}:
        raise Refused("audience")
    return _subject(claims), _scopes(claims, trust.scope_prefix)


def warm() -> None:
    """Fetch the keys ahead of the first token."""
    if trust := settings.current().trust:
        issuer.of(trust).refresh()


def _header(token: str) -> tuple[str, str]:
    """The key and algorithm that a token names.

    Addresses and keys that stand in it (jku, x5u, jwk, x5c) are never looked at.
    """
    first = token.partition(".")[0]
    try:
        header = jsonbody.parse(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (Problem, ValueError):
        raise Refused("form") from None
    if not isinstance(header, dict):
        raise Refused("form")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in TYPES or "crit" in header:
        raise Refused("type")
    key_id, algorithm = header.get("kid"), header.get("alg")
    if not isinstance(key_id, str) or not isinstance(algorithm, str):
        raise Refused("key")
    return key_id, algorithm


def _claims(token: str, key: jwt.PyJWK, trust: Trust) -> dict[str, Any]:
    options: Any = {"require": ["exp", "iss", "sub"], "verify_aud": False, "verify_sub": False}
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=trust.issuer,
            leeway=trust.leeway,
            options=options,
        )
    except jwt.ExpiredSignatureError:
        raise Refused("expired") from None
    except jwt.InvalidSignatureError:
        raise Refused("signature") from None
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        raise Refused("claims") from None


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims["sub"]
    if not (isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT):
        raise Refused("subject")
    # As ANONYMOUS, a token would own what everybody made while the stage was open.
    if subject == ANONYMOUS or not subject.isprintable():
        raise Refused("subject")
    return subject


def _opens(claims: Mapping[str, Any]) -> bool:
    """Whether it is an access token: the others say who logged in or out, to a client alone."""
    if claims.get("token_use", "access") != "access":  # Cognito's way to say it
        return False
    kind = claims.get("typ")  # and Keycloak's: Bearer, ID, Refresh, Logout
    if kind is not None:
        return isinstance(kind, str) and kind.lower() in ("bearer", *TYPES)
    return not claims.keys() & OF_ID_TOKENS


def _audiences(claims: Mapping[str, Any]) -> set[str]:
    """Whom a token is for. Cognito's access tokens have no audience, but name the client."""
    named = claims.get("aud", claims.get("client_id") if "token_use" in claims else None)
    return {text for text in (named if isinstance(named, list) else [named]) if _is_text(text)}


def _scopes(claims: Mapping[str, Any], prefix: str) -> frozenset[str]:
    """What a token allows: `scope` (RFC 9068), or `scp` of Okta and Entra ID, a list or a text."""
    given = claims.get("scope", claims.get("scp", ""))
    words = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
    return frozenset(
        word.removeprefix(prefix) for word in words if _is_text(word) and word.startswith(prefix)
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)
