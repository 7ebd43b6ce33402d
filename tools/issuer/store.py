"""What the issuer keeps in .local/issuer/: its private key, and the port that its URL names."""

from __future__ import annotations

import fcntl
import json
import os
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from secrets import token_hex
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm

from tools import ROOT
from tools.refusals import Refusal

FOLDER = ROOT / ".local/issuer"
KEY, PORT, LOCK = "key.pem", "port", "lock"
ALGORITHM = "ES256"


def key() -> ec.EllipticCurvePrivateKey:
    """The private key, made where there is none. Raises Refusal.

    It is read each time: where .local/ was deleted meanwhile, everybody has the new one.
    """
    file = FOLDER / KEY
    if not file.exists():
        _make()
    try:
        found = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise Refusal(f"{file} cannot be read ({type(error).__name__}): delete it.") from None
    if not (isinstance(found, ec.EllipticCurvePrivateKey) and found.key_size == 256):
        raise Refusal(f"{file} is no key for {ALGORITHM}: delete it.")
    return found


def public(private: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    """The public key as it is published, named by its thumbprint (RFC 7638)."""
    jwk: dict[str, Any] = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    whole = json.dumps(
        {name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":")
    )
    thumbprint = urlsafe_b64encode(sha256(whole.encode()).digest()).rstrip(b"=").decode()
    return jwk | {"kid": thumbprint, "alg": ALGORITHM, "use": "sig"}


def port() -> int:
    """The port that was kept; 0 where none was."""
    try:
        text = (FOLDER / PORT).read_text().strip()
    except (OSError, ValueError):
        return 0
    return int(text) if re.fullmatch("[0-9]{1,5}", text) and int(text) < 65536 else 0


def keep_port(number: int) -> None:
    (FOLDER / PORT).write_text(f"{number}\n")


@contextmanager
def lock() -> Iterator[None]:
    """One process at a time chooses a port."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = ec.generate_private_key(ec.SECP256R1())
    text = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = FOLDER / f"key-{token_hex(8)}"
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(text)
    with suppress(FileExistsError):  # another process was faster: its key is everybody's
        os.link(draft, FOLDER / KEY)
    draft.unlink()
