"""Authorization codes: each is good once, for a minute, and for who asked for it."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import compare_digest, token_urlsafe

SECONDS = 60


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    client_id: str
    redirect_uri: str
    challenge: str  # of PKCE, S256
    subject: str
    scopes: tuple[str, ...]
    audience: str
    nonce: str

    def proved_by(self, verifier: str) -> bool:
        """Whether this is the verifier that the challenge was made of (RFC 7636)."""
        digest = sha256(verifier.encode()).digest()
        made = urlsafe_b64encode(digest).rstrip(b"=")
        return compare_digest(made, self.challenge.encode())


class Codes:
    """The codes that were given and not yet used."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._grants: dict[str, tuple[float, Grant]] = {}

    def give(self, grant: Grant) -> str:
        now = self._clock()
        for code, (end, _) in list(self._grants.items()):
            if end <= now:
                self._grants.pop(code, None)
        code = token_urlsafe(32)
        self._grants[code] = now + SECONDS, grant
        return code

    def take(self, code: str) -> Grant | None:
        """What a code stands for, which is used up by this; None where it is not good."""
        end, grant = self._grants.pop(code, (0.0, None))
        return grant if end > self._clock() else None
