"""What the pages need to log their user in: OpenID Connect, as a public client of the issuer.

Only a page of a stage with AUTH_ISSUER imports this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from . import issuer
from .trust import Trust, safe

ENDPOINTS = ("authorization_endpoint", "token_endpoint")
# In a policy, other characters would begin something else.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")


def offer(routes: Mapping[str, Mapping[str, Any]], trust: Trust) -> dict[str, Any]:
    """What the script of a page is told: where it logs in, and what for.

    It cannot, and no endpoint is named, where AUTH_CLIENT_ID is not set or the issuer is away.
    """
    offered: dict[str, Any] = {"issuer": trust.issuer}
    if not trust.client_id:
        return offered
    found = issuer.of(trust).description()
    endpoints = {name: str(found.get(name, "")) for name in ENDPOINTS}
    if not (all(map(safe, endpoints.values())) and origin(endpoints)):
        return offered | {"away": True}
    audience = trust.audiences[0]
    offered |= endpoints | {"client_id": trust.client_id, "audience": audience}
    offered["scope"] = " ".join(["openid", *scopes(routes, trust.scope_prefix)])
    # RFC 8707; issuers that know no audience go by it. Not api://...: Entra ID refuses the request.
    return offered | ({"resource": audience} if re.match("https?://", audience) else {})


def origin(offered: Mapping[str, Any]) -> str:
    """Where the page exchanges a code for a token; "" where it cannot."""
    parts = urlsplit(offered.get("token_endpoint", ""))
    found = f"{parts.scheme}://{parts.netloc}"
    return found if _ORIGIN.fullmatch(found) else ""


def scopes(routes: Mapping[str, Mapping[str, Any]], prefix: str) -> list[str]:
    """Every scope that one of an app's routes needs, as the issuer names it."""
    entries = [entry for methods in routes.values() for entry in methods.values()]
    found = {getattr(entry.view_function, "operation", None) for entry in entries}
    return sorted(
        {prefix + operation.scope for operation in found if operation and operation.scope}
    )
