"""Pages for browsers: one file each, with a policy that lets nothing run but what is in it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from chalice.app import Response

from . import settings
from .answers import JSON_TYPE, Headers, json_text, tagged
from .call import Call, current
from .problems import Problem

HTML_TYPE = "text/html; charset=utf-8"
# Trusted types: no script makes HTML out of text.
POLICY = (
    "default-src 'none'; style-src {css}{{files}}; script-src {js}{{files}}; "
    "connect-src {{connect}}; "
    "img-src data:; base-uri 'none'; form-action {{forms}}; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
SECURITY = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}  # a year
FILE = r"\{\{((?:[\w-]+/)?[\w-]+\.(css|js))\}\}"
WEIGHT = re.compile(r"[01](\.\d{0,3})?")  # RFC 9110, section 12.4.2
NONE = "'none'"  # scripts send the forms


def browser(call: Call) -> bool:
    """Whether the client asks for HTML by name, before JSON; curl and fetch take anything, and get
    JSON.
    """
    given = weights(call.headers.get("accept", ""))
    return given.get("text/html", 0.0) > given.get("application/json", 0.0)


def weights(header: str) -> dict[str, float]:
    """What a header such as Accept takes, in small letters, and how gladly: from 0 to 1."""
    found = {}
    for part in header.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        found[kind] = float(weight) if WEIGHT.fullmatch(weight) else 0.0
    return found


def off(feature: str) -> bool:
    """Whether a stage does without a feature's page: by its setting <FEATURE>_PAGE."""
    return settings.feature(feature).get("PAGE") == "off"


def login_data(routes: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """What login.js is told, as an attribute, and the origin it may call; "" on an open stage."""
    if not (trust := settings.current().trust):
        return "", ""
    from . import login  # only where somebody may log in

    offered = login.offer(routes, trust)
    return data("login", offered), login.origin(offered)


def escape(given: str) -> str:
    """A text as HTML."""
    from html import escape  # with its table of entities it is no part of a cold start

    return escape(given)


def text(given: str) -> str:
    """As `escape`; what stands between backticks is code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(given))


def data(name: str, value: Any) -> str:
    """A JSON value as an attribute `data-name`, for a script."""
    return f' data-{name}="{escape(json_text(value))}"'


def html(
    file: Path,
    texts: Mapping[str, str],
    parts: Mapping[str, str],
    *,
    connect: str = "",
    forms: str = NONE,
    files: bool = False,
    problem: Problem | None = None,
) -> Response:
    """A page from its template, with the styles and scripts that it names put in: those beside it,
    or in a folder beside it.

    `texts` and `parts` take the place of `{{name}}`; parts are HTML already. `connect` is an
    origin that its scripts may call, beside the page's own; `forms` is where its forms may be
    posted to without them. With `files`, it may load styles and scripts of this API (assets.py).
    `problem` is what the page tells: its status and headers are this. Without one it has an ETag,
    and who has it already gets a 304.
    """
    connect = f"'self' {connect}".strip()
    page, policy = filled(file, texts, parts, connect=connect, forms=forms, files=files)
    headers: Headers = {
        "Content-Type": HTML_TYPE,
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store" if problem else "no-cache",
        "Vary": "Accept",
        **SECURITY,
        **(HTTPS_ONLY if _by_https() else {}),
    }
    if problem:
        return Response(page, {**headers, **problem.headers}, problem.status)
    return tagged(page, headers, current())


def filled(
    file: Path,
    texts: Mapping[str, str],
    parts: Mapping[str, str],
    *,
    connect: str,
    forms: str,
    files: bool = False,
) -> tuple[str, str]:
    """The text of a page, and the policy for it."""
    page, policy = _assembled(file)
    values = {name: text(given) for name, given in texts.items()} | dict(parts)
    # All at once: a name in braces within a value is text like any other.
    page = re.sub(r"\{\{(\w+)\}\}", lambda named: values.get(named[1], named[0]), page)
    return page, policy.format(connect=connect, forms=forms, files=" 'self'" if files else "")


def see(path: str) -> Response:
    """Send a browser on: a page that it reloads is then no form that it posts again."""
    return Response("", {"Location": path, "Cache-Control": "no-store"}, 303)


def json(document: Any) -> Response:
    """What programs get where a browser gets a page."""
    headers: Headers = {"Content-Type": JSON_TYPE, "Cache-Control": "no-cache", "Vary": "Accept"}
    return tagged(json_text(document), headers, current())


def _by_https() -> bool:
    try:
        return not settings.current().local
    except settings.SettingError:  # which may be what the page tells
        return False


@cache
def _assembled(file: Path) -> tuple[str, str]:
    """The page with `{{name.css}}` and `{{folder/name.js}}` inside, and the policy for them.

    Each is named there by its hash, so that nothing else can run.
    """
    allowed: dict[str, list[str]] = {"css": [], "js": []}

    def put_in(named: re.Match[str]) -> str:
        inside = (file.parent / named[1]).read_text("utf-8")
        digest = b64encode(sha256(inside.encode()).digest()).decode()
        allowed[named[2]].append(f"'sha256-{digest}'")
        return inside

    page = re.sub(FILE, put_in, file.read_text("utf-8"))
    hashes = {kind: " ".join(found) or "'none'" for kind, found in allowed.items()}
    return page, POLICY.format(**hashes)
