"""Who calls, and whether they may: bearer tokens (RFC 6750), checked in the function.

So REST APIs, function URLs, containers and laptops behave alike. A stage that is open pays for none
of it: what checks tokens and counts requests is imported where a setting asks for it.
"""

from __future__ import annotations

from . import log, settings
from .call import Call
from .problems import Problem

PUBLIC = None  # the scope of what everybody may call
ANY = ""  # the scope of what everybody may call who has a token


def admit(call: Call, scope: str | None) -> None:
    """Let a call in, and put on it who calls. Raises Problem (401, 403, 429), Unavailable."""
    configured = settings.current()
    scopes: frozenset[str] = frozenset()
    if configured.trust and scope is not PUBLIC:
        call.caller, scopes = _identified(call)
    if configured.rate_limit and scope is not PUBLIC:  # a load balancer may look often
        from . import limits  # no part of the cold start of a stage that counts nothing

        limits.take(call, limits.Quota(limits.CALLER, configured.rate_limit))
    if configured.trust and scope and scope not in scopes:
        raise Problem(
            "forbidden",
            f"The token lacks the scope {scope}.",
            headers=_challenge(
                error="insufficient_scope", scope=configured.trust.scope_prefix + scope
            ),
        )


def _identified(call: Call) -> tuple[str, frozenset[str]]:
    """The subject and the scopes of the token that came with a call."""
    sent = call.headers.get("authorization", "").strip()
    if sent.partition(" ")[0].lower() != "bearer":
        raise Problem(
            "unauthorized", "Send a token: Authorization: Bearer ...", headers=_challenge()
        )
    from . import tokens  # no part of the cold start of a stage that is open

    try:
        return tokens.verified(sent)
    except tokens.Refused as refused:
        log.info("token_refused", request_id=call.request_id, reason=refused.reason)
        # Which check failed is in the log alone: it would help whoever makes tokens up.
        code, detail = "token_invalid", "The token is not accepted."
        if refused.reason == "expired":
            code, detail = "token_expired", "The token has expired: get another one."
        raise Problem(code, detail, headers=_challenge(error="invalid_token")) from None


def _challenge(**members: str) -> dict[str, str]:
    told = {"realm": settings.current().app_name} | members
    listed = ", ".join(f'{name}="{value}"' for name, value in told.items())
    return {"WWW-Authenticate": f"Bearer {listed}"}
