"""Pages for browsers: one file each, with a policy that lets nothing run but what is in it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from chalice.app import Response

from . import settings
from .answers import JSON_TYPE, json_text
from .call import Call

HTML_TYPE = "text/html; charset=utf-8"
# form-action: scripts send the forms. Trusted types: none of them makes HTML out of text.
POLICY = (
    "default-src 'none'; style-src {css}; script-src {js}; connect-src {{connect}}; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
SECURITY = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}  # a year
FILE = r"\{\{([\w-]+\.(css|js))\}\}"


def browser(call: Call) -> bool:
    """Whether the client asks for HTML by name; curl and fetch take anything and get JSON."""
    return "text/html" in call.headers.get("accept", "").lower()


def text(given: str) -> str:
    """A text as HTML; what stands between backticks is code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(given))


def data(name: str, value: Any) -> str:
    """A JSON value as an attribute `data-name`, for a script."""
    return f' data-{name}="{escape(json_text(value))}"'


def html(
    file: Path, texts: Mapping[str, str], parts: Mapping[str, str], *, connect: str = ""
) -> Response:
    """A page from its template, with the styles and scripts beside it that it names put in.

    `texts` and `parts` take the place of `{{name}}`; parts are HTML already. `connect` is an
    origin that its scripts may call, beside the page's own.
    """
    page, policy = _assembled(file)
    for name, part in ({name: text(given) for name, given in texts.items()} | dict(parts)).items():
        page = page.replace(f"{{{{{name}}}}}", part)
    headers: dict[str, str | list[str]] = {
        "Content-Type": HTML_TYPE,
        "Content-Security-Policy": policy.format(connect=f"'self' {connect}".strip()),
        "Cache-Control": "no-cache",
        "Vary": "Accept",
        **SECURITY,
        **({} if settings.current().local else HTTPS_ONLY),
    }
    return Response(page, headers)


def json(document: Any) -> Response:
    """What programs get where a browser gets a page."""
    headers: dict[str, str | list[str]] = {"Content-Type": JSON_TYPE, "Cache-Control": "no-cache"}
    return Response(json_text(document), headers | {"Vary": "Accept"})


@cache
def _assembled(file: Path) -> tuple[str, str]:
    """The page with `{{name.css}}` and `{{name.js}}` inside, and the policy that allows them.

    Each is named there by its hash, so that nothing else can run.
    """
    allowed: dict[str, list[str]] = {"css": [], "js": []}

    def put_in(named: re.Match[str]) -> str:
        inside = file.with_name(named[1]).read_text("utf-8")
        digest = b64encode(sha256(inside.encode()).digest()).decode()
        allowed[named[2]].append(f"'sha256-{digest}'")
        return inside

    page = re.sub(FILE, put_in, file.read_text("utf-8"))
    hashes = {kind: " ".join(found) or "'none'" for kind, found in allowed.items()}
    return page, POLICY.format(**hashes)
