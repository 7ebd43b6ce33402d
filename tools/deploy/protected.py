"""Tries that a stage with AUTH_ISSUER serves nobody without a token, and can check one."""

from __future__ import annotations

import json
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tools import bearer, kit
from tools.deploy.calls import Answer, Calls, Odd, code, odd
from tools.stages import Stage

# Whatever is before the function gives it another name, so that clients ask nobody for a password.
CHALLENGES = ("WWW-Authenticate", "x-amzn-Remapped-WWW-Authenticate")
ISSUER = "the issuer of the tokens to answer"
TOKENS = "the new deployment to ask for tokens"


@dataclass(frozen=True)
class Asked:
    """What a stage asks for: tokens of this issuer, or nothing where that is ""."""

    issuer: str = ""
    algorithm: str = ""  # one that it accepts
    headers: tuple[tuple[str, str], ...] = ()  # those of TOKEN=


def by(stage: Stage) -> Asked:
    """What a stage asks for, and the token that is given for it. Raises Refusal."""
    if not stage.environment.get("AUTH_ISSUER"):
        return Asked()
    kit.on_path()
    from chalicekit.trust import read

    trust = read(stage.environment)
    return Asked(trust.issuer, trust.algorithms[0], tuple(bearer.headers().items()))


class WithToken(Calls):
    """Another way to the same, with a token."""

    def __init__(self, calls: Calls, asked: Asked) -> None:
        super().__init__(calls.show)
        self.spreads = calls.spreads
        self._calls, self._headers = calls, dict(asked.headers)

    def send(self, method: str, path: str, **more: Any) -> Answer:
        more["headers"] = more.get("headers", {}) | self._headers
        return self._calls.send(method, path, **more)


def check(api: Calls, document: dict[str, Any], asked: Asked) -> str:
    """A line about what asks for tokens. Raises Odd where it answers without one."""
    routes = sorted(_protected(document), key=_tells_little)
    for method, path in routes:
        _refused_without(api, method, path)
    if not routes:
        return "No route asks for a token, though AUTH_ISSUER is set."
    _refused_made_up(api, *routes[0], asked)
    return f"Without a token {len(routes)} operations answer 401; the keys of the issuer are there."


def _protected(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Method and path of all that asks for a token, by what the API says of itself."""
    key = f"smoke-{secrets.token_hex(6)}"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation.get("security"):
                yield method.upper(), re.sub(r"\{[^}]+\}", key, path)


def _tells_little(route: tuple[str, str]) -> tuple[bool, bool]:
    """Lists come first: nothing but the missing token keeps one from being answered."""
    method, path = route
    return method != "GET", "smoke-" in path


def _refused_without(api: Calls, method: str, path: str) -> None:
    """Without a body, too: whoever answers that one is wrong has let it in."""
    while not _refuses(answer := api.call(method, path), "unauthorized"):
        if not (api.spreads and api.waits(TOKENS)):
            expected = "401 unauthorized, and WWW-Authenticate, for there was no token"
            raise Odd(odd(method, path, expected, answer))


def _refused_made_up(api: Calls, method: str, path: str, asked: Asked) -> None:
    """A token of nobody's, which only the issuer's keys can tell."""
    sent = {"Authorization": f"Bearer {_made_up(asked)}"}
    while not _refuses(answer := api.call(method, path, headers=sent), "token_invalid"):
        away = code(answer) == " issuer_unavailable"
        if not (away and api.waits(ISSUER)):
            expected = "401 token_invalid, for its token was made up"
            said = odd(method, path, expected, answer)
            raise Odd(f"{said} {_unreached(asked)}" if away else said)


def _unreached(asked: Asked) -> str:
    return (
        f"The function cannot get the keys of {asked.issuer}: correct AUTH_ISSUER, or "
        "AUTH_KEYS_URL; in a VPC it needs a way out, such as a NAT gateway."
    )


def _refuses(answer: Answer, why: str) -> bool:
    """Whether it is a 401 of ours."""
    challenge = next((answer.headers[name] for name in CHALLENGES if name in answer.headers), "")
    kind = answer.headers.get("Content-Type", "")
    ours = code(answer) == f" {why}" and "problem+json" in kind
    return answer.status == 401 and ours and challenge.lower().startswith("bearer ")


def _made_up(asked: Asked) -> str:
    header = {"typ": "JWT", "alg": asked.algorithm, "kid": f"made-up-{secrets.token_hex(8)}"}
    parts = [json.dumps(header), json.dumps({"iss": asked.issuer}), secrets.token_hex(32)]
    return ".".join(urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
