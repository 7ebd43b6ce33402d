"""What a client asks for at /authorize (RFC 6749, section 4.1.1; PKCE: RFC 7636)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from chalicekit.trust import loopback

# Handed on by the form, whole, so that what was checked once is checked again.
MEMBERS = (
    *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce"),
    *("code_challenge", "code_challenge_method", "audience", "resource"),
)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
SCOPE = re.compile(r"[!#-\[\]-~]+")


class Unsafe(Exception):
    """Nobody may be sent back to where this came from; the message says why."""


class Refused(Exception):
    """The client is told that it does not get what it asked for, in the words of RFC 6749."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


@dataclass(frozen=True, slots=True)
class Asked:
    """A client that is known, and where its answer goes."""

    redirect_uri: str
    state: str
    given: dict[str, str]

    @property
    def scopes(self) -> list[str]:
        return self.given["scope"].split()

    @property
    def audience(self) -> str:
        """Whom the token is to be for; "" where it is left to the issuer."""
        return self.given["audience"] or self.given["resource"]

    def answer(self, **members: str) -> str:
        """The address that the browser is sent back to."""
        given = members | ({"state": self.state} if self.state else {})
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{urlencode(given)}"


def read(given: Mapping[str, str], client_id: str) -> Asked:
    """What is asked for. Raises Unsafe."""
    members = {name: given.get(name, "") for name in MEMBERS}
    if members["client_id"] != client_id:
        raise Unsafe(f"client_id must be {client_id}: this issuer knows no other client.")
    if not loopback(members["redirect_uri"]) or "#" in members["redirect_uri"]:
        raise Unsafe("redirect_uri must be an http:// address on 127.0.0.1 or localhost.")
    return Asked(members["redirect_uri"], members["state"], members)


def check(asked: Asked) -> None:
    """Refuse what no code is given for. Raises Refused."""
    given = asked.given
    if given["response_type"] != "code":
        raise Refused("unsupported_response_type", "response_type must be code.")
    if given["code_challenge_method"] != "S256" or not _CHALLENGE.fullmatch(
        given["code_challenge"]
    ):
        raise Refused("invalid_request", "PKCE is required: code_challenge_method must be S256.")
    if not all(SCOPE.fullmatch(scope) for scope in asked.scopes):
        raise Refused("invalid_scope", "scope must be names with spaces between.")
