"""The page at /authorize: who logs in, and what of the scopes that are asked for they give."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from tools.issuer.asked import Asked

HERE = Path(__file__).parent
SUBJECT = "you"
FORM = """<p class="hint">For development: as anybody, without a password.
Then back to {client}.</p>
<form method="post" action="authorize">
{hidden}
<label class="name" for="subject">Subject</label>
<input type="text" id="subject" name="subject" value="{subject}" required maxlength="255"
 autocomplete="off" autocapitalize="none" spellcheck="false" autofocus>
{scopes}
<div class="actions"><button name="answer" value="yes">Log in</button>
<button name="answer" value="no" formnovalidate>Cancel</button></div>
</form>"""
HIDDEN = '<input type="hidden" name="{}" value="{}">'
SCOPES = "<fieldset><legend>Scopes</legend>{}</fieldset>"
SCOPE = (
    '<label class="scope"><input type="checkbox" name="granted" value="{0}" checked>'
    "<code>{0}</code></label>"
)


def page(asked: Asked) -> tuple[str, dict[str, str]]:
    """The form as HTML, and its headers."""
    scopes = "".join(SCOPE.format(escape(scope)) for scope in dict.fromkeys(asked.scopes))
    hidden = [HIDDEN.format(n, escape(v)) for n, v in asked.given.items() if v]
    content = FORM.format(
        client=escape(_origin(asked.redirect_uri)),
        hidden="".join(hidden),
        subject=SUBJECT,
        scopes=SCOPES.format(scopes) if scopes else "",
    )
    # The answer to a form is a redirect, which the policy must allow, too.
    return _whole(content, f"'self' {_origin(asked.redirect_uri)}")


def wrong(line: str) -> tuple[str, dict[str, str]]:
    """The page that says why nobody can log in here."""
    return _whole(f"<p>{escape(line)}</p>", "'none'")


def _whole(content: str, action: str) -> tuple[str, dict[str, str]]:
    frame, digest = _frame()
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src '{digest}'; img-src data:; base-uri 'none'; "
            f"form-action {action}; frame-ancestors 'none'"
        ),
        # same-origin: with no-referrer, a browser would name no Origin where the form is sent.
        "Referrer-Policy": "same-origin",
    }
    return frame.replace("{{content}}", content), headers


@cache
def _frame() -> tuple[str, str]:
    """The page around the content, and the name of its style for the policy."""
    style = (HERE / "login.css").read_text("utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    page = (HERE / "login.html").read_text("utf-8")
    return page.replace("{{style}}", style), f"sha256-{digest}"


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return re.sub(r"[^A-Za-z0-9.:/\[\]-]", "", f"{parts.scheme}://{parts.netloc}")
