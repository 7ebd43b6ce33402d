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

from .answers import JSON_TYPE, json_text
from .call import Call

HTML_TYPE = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; style-src {style}; script-src {script}; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def browser(call: Call) -> bool:
    """Whether the client asks for HTML by name; curl and fetch take anything and get JSON."""
    return "text/html" in call.headers.get("accept", "").lower()


def text(given: str) -> str:
    """A text as HTML; what stands between backticks is code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(given))


def html(file: Path, texts: Mapping[str, str], parts: Mapping[str, str]) -> Response:
    """A page from its template, with style.css and a script of the same name beside it put in.

    `texts` and `parts` take the place of `{{name}}`; parts are HTML already.
    """
    page, policy = _assembled(file)
    for name, part in ({name: text(given) for name, given in texts.items()} | dict(parts)).items():
        page = page.replace(f"{{{{{name}}}}}", part)
    headers: dict[str, str | list[str]] = {
        "Content-Type": HTML_TYPE,
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
        "Vary": "Accept",
    }
    return Response(page, headers)


def json(document: Any) -> Response:
    """What programs get where a browser gets a page."""
    headers: dict[str, str | list[str]] = {"Content-Type": JSON_TYPE, "Cache-Control": "no-cache"}
    return Response(json_text(document), headers | {"Vary": "Accept"})


@cache
def _assembled(file: Path) -> tuple[str, str]:
    """The page with style and script inside, and the policy that names them by their hashes."""
    page, allowed = file.read_text("utf-8"), {}
    for name, source in (
        ("style", file.with_name("style.css")),
        ("script", file.with_suffix(".js")),
    ):
        inside = source.read_text("utf-8") if source.exists() else ""
        page = page.replace(f"{{{{{name}}}}}", inside)
        allowed[name] = f"'sha256-{b64encode(sha256(inside.encode()).digest()).decode()}'"
    return page, POLICY.format(**allowed)
