"""An OpenID Connect issuer on loopback whose every fault a test can choose.

with Issuing() as issuer:
    configure(**issuer.settings)
    api.get("7", {"Authorization": f"Bearer {issuer.token(scope='users:read')}"})
"""

import json
import time
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SO_LINGER, SOL_SOCKET
from struct import pack
from threading import Thread
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from chalicekit import login

Json = dict[str, Any]
AUDIENCE = "https://api.example.org"
CONFIGURATION, KEYS = "/.well-known/openid-configuration", "/keys"
MAKERS: dict[str, Callable[[], Any]] = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}
AS_JWK: dict[str, Callable[..., Any]] = {
    "RS256": RSAAlgorithm.to_jwk,
    "ES256": ECAlgorithm.to_jwk,
    "EdDSA": OKPAlgorithm.to_jwk,
}


def every_scope() -> str:
    """All that the routes of the app need, with those of the tests' own."""
    from tests.targets import loaded  # which imports this

    return " ".join(login.scopes(loaded().routes, ""))


def private_key(algorithm: str, generation: int = 0) -> Any:
    """A key for tests: making one of RSA takes long, so each is made once in a process."""
    return _made(algorithm, generation)  # by place: `cache` takes a default left out for another


@cache
def _made(algorithm: str, _generation: int) -> Any:
    return MAKERS[algorithm]()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: who was cut off, or went away, was meant to."""


class Issuing:
    """An issuer with one key for each algorithm, named after it and its generation."""

    def __init__(self) -> None:
        self.generation = 0
        self.asked: list[str] = []  # the paths that were fetched
        self.documents: dict[str, bytes] = {}  # what is answered instead, by path
        self.status = 200
        self.delay = 0.0  # seconds before each answer
        self.fault = ""  # of each body: "cut" half-way, "reset" there, "drip" from there on
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self) -> None:
        """Serve, where it was served before, if it was."""
        self._server = _Server(("127.0.0.1", self._port), self._handler())
        self._port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        """Serve no more: connections are refused."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def settings(self) -> dict[str, str]:
        """What a stage sets that takes its tokens."""
        return {"AUTH": "", "AUTH_ISSUER": self.url, "AUTH_AUDIENCE": AUDIENCE}

    def rotate(self) -> None:
        """Have other keys from now on."""
        self.generation += 1

    def key_id(self, algorithm: str) -> str:
        return f"{algorithm}-{self.generation}"

    def published(self) -> list[Json]:
        """The public keys, as they are published."""
        return [
            json.loads(AS_JWK[name](private_key(name, self.generation).public_key()))
            | {"kid": self.key_id(name), "alg": name, "use": "sig"}
            for name in MAKERS
        ]

    def token(
        self,
        subject: str | None = "ada",
        *,
        algorithm: str = "RS256",
        key: Any = None,
        headers: Json | None = None,
        without: tuple[str, ...] = (),
        **claims: Any,
    ) -> str:
        """A token with every scope that is good for an hour, but for what is said otherwise."""
        now = int(time.time())
        whole = {"iss": self.url, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 3600}
        whole |= ({} if "scope" in claims else {"scope": every_scope()}) | claims
        kept = {name: value for name, value in whole.items() if name not in without}
        # PyJWT refuses to make some of what it must refuse to read: so only the signature is its.
        payload = json.dumps(kept).encode()
        named = {"kid": self.key_id(algorithm)} | (headers or {})
        signer = private_key(algorithm, self.generation) if key is None else key
        return jwt.api_jws.encode(payload, signer, algorithm, headers=named)

    def bearer(self, subject: str | None = "ada", **given: Any) -> dict[str, str]:
        """The header that carries such a token."""
        return {"Authorization": f"Bearer {self.token(subject, **given)}"}

    def _document(self, path: str) -> bytes | None:
        if path in self.documents:
            return self.documents[path]
        known: Json = {
            CONFIGURATION: {"issuer": self.url, "jwks_uri": self.url + KEYS},
            KEYS: {"keys": self.published()},
        }
        return json.dumps(known[path]).encode() if path in known else None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                time.sleep(issuer.delay)
                body = issuer._document(self.path)
                self.send_response(issuer.status if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.send_header("Location", issuer.url + KEYS)  # for a status that redirects
                self.end_headers()
                if issuer.fault:
                    self.broken(body or b"")
                else:
                    self.wfile.write(body or b"")

            def broken(self, body: bytes) -> None:
                half = len(body) // 2
                self.wfile.write(body[:half])
                self.wfile.flush()
                self.close_connection = True
                if issuer.fault == "reset":
                    self.connection.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
                    self.connection.close()
                for byte in body[half:] if issuer.fault == "drip" else b"":
                    time.sleep(0.2)
                    if not issuer.fault:
                        return
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
