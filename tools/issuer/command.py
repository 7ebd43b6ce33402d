"""`make token`: one token of the local issuer on stdout, and nothing else.

    TOKEN=$(make -s token SUB=ada SCOPES="users:read users:write" EXPIRES=600)

The environment says for whom: SUB, SCOPES, EXPIRES; what it is good for comes from the app.
"""

from __future__ import annotations

import os
import re
from contextlib import redirect_stdout
from sys import stderr

from tools import connect, kit
from tools.issuer import form, service, tokens
from tools.issuer.asked import SCOPE
from tools.issuer.issuer import LONGEST_SUBJECT, is_subject
from tools.refusals import Refusal

MOST_SECONDS = 10 * 365 * 24 * 60 * 60


def main() -> None:
    environ = os.environ | connect.environment("local")
    found = service.issuer(environ)
    token = tokens.access(
        found.url,
        subject=_subject(environ.get("SUB") or form.SUBJECT),
        scopes=_scopes(environ.get("SCOPES"), environ.get("AUTH_SCOPE_PREFIX", "")),
        audience=found.audiences[0],
        client_id=found.client_id,
        lifetime=_lifetime(environ.get("EXPIRES") or str(tokens.LIFETIME)),
    )
    print(token)


def _subject(text: str) -> str:
    if not is_subject(text):
        raise Refusal(f"SUB={text!r}: give 1 to {LONGEST_SUBJECT} printable characters.")
    return text


def _scopes(text: str | None, prefix: str) -> list[str]:
    """The scopes that are named, maybe none; all that the app's routes need where none is asked."""
    named = (text or "").replace(",", " ").split()
    if wrong := [scope for scope in named if not SCOPE.fullmatch(scope)]:
        raise Refusal(f"SCOPES: {wrong[0]!r} is none; separate them by spaces.")
    if text is not None:
        return named
    with redirect_stdout(stderr):  # whatever a module prints while it is imported
        kit.tables()
        from app import app
        from chalicekit import login
    return login.scopes(app.routes, prefix)


def _lifetime(text: str) -> int:
    """Seconds until it expires."""
    if not re.fullmatch(r"-?[0-9]{1,9}", text) or int(text) > MOST_SECONDS:
        raise Refusal(f"EXPIRES={text}: give whole seconds; -60 makes a token that has expired.")
    return int(text)
