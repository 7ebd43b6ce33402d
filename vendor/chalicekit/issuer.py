"""The keys of an OpenID Connect issuer: fetched once, kept, and asked for again within bounds."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

import jwt
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from . import log
from .problems import Unavailable
from .trust import Trust, safe

FRESH = 15 * 60  # seconds after which keys are fetched again: so long a withdrawn one is accepted
KEPT = 24 * 60 * 60  # seconds for which they serve while the issuer is away
PAUSE = 30  # seconds at least between two fetches for keys that are not known
PAUSE_AWAY = 5  # seconds at least before an issuer that did not answer is asked again
TIMEOUT = (1, 2)  # seconds to connect, and to wait for a part of the answer
LARGEST = 256 * 1024  # bytes of a document
LEAST_RSA_BITS = 2048
DISCOVERY = "/.well-known/openid-configuration"
# Of each algorithm, the only type and curve that a key may have.
KINDS = {"RS256": ("RSA", None), "ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}


class Away(Exception):
    """The issuer gave no keys; the reason is a word or two."""


class Issuer:
    """One issuer, and what is known of its keys. Several threads may ask at once."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = 0.0  # when they came
        self._next = 0.0  # before then the issuer is not asked again
        self._away = False  # whether it did not answer when it was asked last
        self._lock = Lock()

    def key(self, key_id: str) -> jwt.PyJWK | None:
        """The key of this name; None where the issuer has none. Raises Unavailable."""
        # By the clock on the wall: the other one may stand still while Lambda freezes a process.
        if key_id not in self._keys or time.time() - self._fetched > FRESH:
            self.refresh()
        known = self._keys.get(key_id) if time.time() - self._fetched < KEPT else None
        if known is None and self._away:
            raise Unavailable(
                "issuer_unavailable", "Tokens cannot be checked just now; try again shortly."
            )
        return known

    def refresh(self) -> None:
        """Fetch the keys, unless that was tried just now."""
        # Without keys everybody waits for them; with keys only one does, the others go on.
        if not self._lock.acquire(blocking=not self._keys):
            return
        try:
            if time.time() >= self._next:
                self._fetch()
        finally:
            self._lock.release()

    def _fetch(self) -> None:
        try:
            self._keys = self._usable(self._document(self._keys_url()))
        except Away as away:
            log.warning("issuer_away", reason=str(away))
            self._away, pause = True, PAUSE_AWAY
        else:
            self._away, pause, self._fetched = False, PAUSE, time.time()
        self._next = time.time() + pause

    def _keys_url(self) -> str:
        if self._trust.keys_url:
            return self._trust.keys_url
        found = self.configuration()
        url = found.get("jwks_uri")
        if not isinstance(url, str) or not safe(url):
            raise Away("no jwks_uri")
        return url

    def configuration(self) -> Mapping[str, Any]:
        """What the issuer says of itself (OpenID Connect Discovery). Raises Away."""
        document = self._document(self._trust.issuer.rstrip("/") + DISCOVERY)
        if document.get("issuer") != self._trust.issuer:
            raise Away("another issuer")
        return document

    def _usable(self, document: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
        listed = document.get("keys")
        if not isinstance(listed, list):
            raise Away("no keys")
        found: dict[str, jwt.PyJWK] = {}
        for data in listed:
            if (key := _usable(data)) and key.algorithm_name in self._trust.algorithms:
                found.setdefault(data["kid"], key)
        if not found:
            raise Away("no usable keys")
        return found

    def _document(self, url: str) -> dict[str, Any]:
        try:
            # botocore's own session: it has the certificates, and takes no other address than this.
            session = URLLib3Session(timeout=TIMEOUT)  # type: ignore[arg-type]  # it takes both
            request = AWSRequest("GET", url, headers={"Accept": "application/json"}).prepare()
            request.stream_output = True
            answer = session.send(request)
            body = answer.raw.read(LARGEST + 1)
            session.close()
        except (BotoCoreError, OSError, ValueError) as error:
            raise Away(type(error).__name__) from None
        if answer.status_code != 200:
            raise Away(f"status {answer.status_code}")
        try:
            document = json.loads(body) if len(body) <= LARGEST else None
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise Away("no JSON object")
        return document


def _usable(data: Any) -> jwt.PyJWK | None:
    """A key that signs tokens by an algorithm of ours; None for any other."""
    if not isinstance(data, dict) or not isinstance(data.get("kid"), str):
        return None
    kind = data.get("kty"), data.get("crv")
    algorithm = next((name for name, its in KINDS.items() if its == kind), None)
    if algorithm is None or data.get("use", "sig") != "sig":
        return None
    if data.get("alg", algorithm) != algorithm:
        return None
    try:
        key = jwt.PyJWK(data, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    return key if algorithm != "RS256" or key.key.key_size >= LEAST_RSA_BITS else None
