"""What the issuer answers, apart from HTTP: /authorize and /token, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.issuer import asked as asking
from tools.issuer import store, tokens
from tools.issuer.asked import Asked, Refused
from tools.issuer.codes import Codes, Grant

CONFIGURATION, KEYS = "/.well-known/openid-configuration", "/keys"
AUTHORIZE, TOKEN = "/authorize", "/token"
LONGEST_SUBJECT = 255  # OpenID Connect Core, section 2


@dataclass(frozen=True, slots=True)
class Issuer:
    """The issuer at an address, for one API and one public client."""

    url: str
    audiences: tuple[str, ...]  # that the API takes
    client_id: str
    codes: Codes = field(default_factory=Codes)

    @property
    def settings(self) -> dict[str, str]:
        """What a stage sets that takes its tokens."""
        return {
            "AUTH_ISSUER": self.url,
            "AUTH_AUDIENCE": " ".join(self.audiences),
            "AUTH_CLIENT_ID": self.client_id,
        }

    def configuration(self) -> dict[str, Any]:
        """What it says of itself (OpenID Connect Discovery)."""
        return {
            "issuer": self.url,
            "authorization_endpoint": self.url + AUTHORIZE,
            "token_endpoint": self.url + TOKEN,
            "jwks_uri": self.url + KEYS,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": True,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [store.ALGORITHM],
        }

    def keys(self) -> dict[str, Any]:
        return {"keys": [store.public(store.key())]}

    def logged_in(self, asked: Asked, subject: str, scopes: Sequence[str]) -> str:
        """Where the browser goes with a code for who logged in. Raises Refused."""
        asking.check(asked)
        if not is_subject(subject):
            raise Refused("invalid_request", "A subject has 1 to 255 printable characters.")
        grant = Grant(
            client_id=asked.given["client_id"],
            redirect_uri=asked.redirect_uri,
            challenge=asked.given["code_challenge"],
            subject=subject,
            scopes=tuple(scope for scope in asked.scopes if scope in scopes),
            audience=asked.audience or self.audiences[0],
            nonce=asked.given["nonce"],
        )
        return asked.answer(code=self.codes.give(grant), iss=self.url)

    def refused(self, asked: Asked, refused: Refused) -> str:
        """Where the browser goes with a refusal."""
        return asked.answer(error=refused.error, error_description=str(refused), iss=self.url)

    def exchange(self, given: Mapping[str, str]) -> dict[str, Any]:
        """The tokens for a code (RFC 6749, section 4.1.3). Raises Refused."""
        if given.get("grant_type") != "authorization_code":
            raise Refused("unsupported_grant_type", "grant_type must be authorization_code.")
        if given.get("client_id") != self.client_id:
            raise Refused("invalid_client", f"client_id must be {self.client_id}.")
        grant = self.codes.take(given.get("code", ""))
        if grant is None:
            raise Refused("invalid_grant", "The code was used, has expired, or never was.")
        if given.get("redirect_uri") != grant.redirect_uri:
            raise Refused("invalid_grant", "redirect_uri is not that of /authorize.")
        if not grant.proved_by(given.get("code_verifier", "")):
            raise Refused("invalid_grant", "code_verifier does not fit code_challenge.")
        return self._tokens(grant)

    def _tokens(self, grant: Grant) -> dict[str, Any]:
        access = tokens.access(
            self.url,
            subject=grant.subject,
            scopes=grant.scopes,
            audience=grant.audience,
            client_id=grant.client_id,
        )
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": tokens.LIFETIME,
            "scope": " ".join(grant.scopes),
        }
        if "openid" in grant.scopes:
            answer["id_token"] = tokens.identity(
                self.url, subject=grant.subject, client_id=grant.client_id, nonce=grant.nonce
            )
        return answer


def is_subject(text: str) -> bool:
    return 0 < len(text) <= LONGEST_SUBJECT and text.isprintable() and text.strip() == text
