"""Who may call what is served here: everybody, or whoever has a token of AUTH_ISSUER."""

from __future__ import annotations

import os

from tools.refusals import Refusal

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LOCAL = "local"  # what AUTH_ISSUER is where the issuer of tools/issuer is meant


def settle(host: str) -> str:
    """Complete the environment, and give the line that says who may call. Raises Refusal."""
    if not os.environ.get("AUTH_ISSUER"):
        return _open(host)
    # That of stage local in .chalice/config.json: whoever names an issuer wants no open API.
    os.environ.pop("AUTH", None)
    if os.environ["AUTH_ISSUER"] == LOCAL:
        from tools.issuer import service  # PyJWT and cryptography: not for an API that is open

        os.environ.update(found := service.begin(os.environ).settings)
        return (
            f"Asks for tokens of the local issuer, {found['AUTH_ISSUER']}: "
            "log in on the first page, or TOKEN=$(make -s token)."
        )
    return _foreign()


def _open(host: str) -> str:
    if not os.environ.get("AUTH") and host in LOOPBACK:
        os.environ["AUTH"] = "none"
    if os.environ.get("AUTH") != "none":
        return ""
    reach = "only this machine reaches it" if host in LOOPBACK else f"so do all who reach {host}"
    return f"Open without authentication (AUTH=none): {reach}."


def _foreign() -> str:
    from chalicekit import trust

    try:
        found = trust.read(os.environ)
    except ValueError as error:
        raise Refusal(f"{str(error).rstrip('.')}.") from None
    how = (
        "log in on the first page."
        if found.client_id
        else "with AUTH_CLIENT_ID, too, the first page can log in."
    )
    return f"Asks for tokens of {found.issuer} for {' or '.join(found.audiences)}: {how}"
