"""The keys of an OpenID Connect issuer: fetched once, kept, and asked for again within bounds."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from threading import Event, Lock, Thread
from typing import Any

import jwt
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from urllib3.exceptions import HTTPError

from . import log
from .problems import Unavailable
from .trust import Trust, safe

FRESH = 15 * 60  # seconds after which keys are fetched again: so long a withdrawn one is accepted
KEPT = 24 * 60 * 60  # seconds for which they serve while the issuer is away
PAUSE = 30  # seconds at least between two fetches
PAUSE_EMPTY = 5  # seconds between two, where the issuer did not answer and there is no key to use
PATIENCE = 3.0  # seconds that a call waits for a fetch
PATIENCE_USABLE = 1.0  # seconds, where an older key would do
TIMEOUT = (1, 2)  # seconds to connect, and to wait for a part of the answer
LARGEST = 256 * 1024  # bytes of a document
LEAST_RSA_BITS = 2048
DISCOVERY = "/.well-known/openid-configuration"
# Of each algorithm, the only type and curve that a key may have.
KINDS = {"RS256": ("RSA", None), "ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}


class Away(Exception):
    """The issuer gave nothing that can be used; the reason is a word or two."""


class Issuer:
    """One issuer, and what is known of it. Several threads may ask at once."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = 0.0  # when they came
        self._next = 0.0  # before then the issuer is not asked again
        self._away = False  # whether it gave nothing when it was asked last
        self._lock = Lock()
        self._fetching: Event | None = None  # set once the running fetch has ended
        self._description: Mapping[str, Any] = {}  # as it last gave it, if it ever did

    def key(self, key_id: str) -> jwt.PyJWK | None:
        """The key of this name; None where the issuer has none. Raises Unavailable."""
        known = self._known(key_id)
        if known is None or self._stale():
            self.refresh(usable=known is not None)
            known = self._known(key_id)
        if known is None and (self._away or self._fetching):
            raise self._unavailable()
        return known

    def description(self) -> Mapping[str, Any]:
        """What the issuer says of itself, or last said (OpenID Connect Discovery).

        Empty where it never did, and where neither the keys nor a page need it.
        """
        if not self._description or self._stale():
            self.refresh(usable=bool(self._description))
        return self._description

    def refresh(self, *, usable: bool = False) -> None:
        """Fetch what the issuer says, unless that was tried just now, and wait for it.

        Who has what is `usable` meanwhile waits less, and not at all for another's fetch.
        """
        wait = 0.0 if usable else PATIENCE
        with self._lock:
            running = self._fetching
            if running is None and time.time() >= self._next:
                wait = PATIENCE_USABLE if usable else PATIENCE
                # In a thread of its own: a name that does not resolve and an answer that drips have
                # no end that could be set. While it lives there is no second one.
                running = self._fetching = Event()
                Thread(target=self._fetch, args=(running,), daemon=True).start()
        if running:
            running.wait(wait)

    def _known(self, key_id: str) -> jwt.PyJWK | None:
        return self._keys.get(key_id) if self._age() < KEPT else None

    def _stale(self) -> bool:
        return self._age() > FRESH

    def _age(self) -> float:
        # By the clock on the wall: the other one may stand still while Lambda freezes a process.
        return time.time() - self._fetched

    def _unavailable(self) -> Unavailable:
        refusal = Unavailable(
            "issuer_unavailable", "Tokens cannot be checked just now; try again shortly."
        )
        refusal.headers["Retry-After"] = str(max(1, round(self._next - time.time())))
        return refusal

    def _fetch(self, ended: Event) -> None:
        reason = "unforeseen"
        try:
            self._keys = self._answers()
            self._fetched, reason = time.time(), ""
        except Away as away:
            reason = str(away)
        finally:
            self._away = bool(reason)
            if reason:
                log.warning("issuer_away", reason=reason)
            self._next = time.time() + (PAUSE if self._age() < KEPT else PAUSE_EMPTY)
            self._fetching = None
            ended.set()

    def _answers(self) -> dict[str, jwt.PyJWK]:
        described: dict[str, Any] = {}
        # The pages need the description, and nobody else, where the address of the keys is set.
        if not self._trust.keys_url or self._trust.client_id:
            described = _document(self._trust.issuer.rstrip("/") + DISCOVERY)
            if described.get("issuer") != self._trust.issuer:
                raise Away("another issuer")
            self._description = described
        url = self._trust.keys_url or described.get("jwks_uri")
        if not isinstance(url, str) or not safe(url):
            raise Away("no jwks_uri")
        return self._usable(_document(url))

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


def of(trust: Trust) -> Issuer:
    """The issuer of a trust: one in a process, so that all share what is known of it."""
    return _issuers.setdefault(trust, Issuer(trust))


def reset() -> None:
    """Forget all keys."""
    _issuers.clear()


_issuers: dict[Trust, Issuer] = {}


def _document(url: str) -> dict[str, Any]:
    # botocore's own session: it has the certificates, and takes no other address than this.
    session = URLLib3Session(timeout=TIMEOUT)  # type: ignore[arg-type]  # it takes both
    try:
        request = AWSRequest("GET", url, headers={"Accept": "application/json"}).prepare()
        request.stream_output = True
        answer = session.send(request)
        body = answer.raw.read(LARGEST + 1)
    except (BotoCoreError, HTTPError, OSError, ValueError) as error:
        raise Away(type(error).__name__) from None
    finally:
        session.close()
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
