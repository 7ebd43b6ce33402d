"""The mails that a local run has sent, on a page of it: the local AWS keeps what it would deliver.

Nothing of this is shipped: a deployed stage has no such route.
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from chalice.app import Chalice, Response

PATH = "/local/mails"
TEMPLATE = Path(__file__).with_name("mails.html")
ENDPOINTS = ("AWS_ENDPOINT_URL_SESV2", "AWS_ENDPOINT_URL")  # as botocore reads them
KEPT_AT = "/_ministack/ses/messages"
SECONDS = 5
ONE = "<article><h2>{subject}</h2><p>{about}</p><pre>{text}</pre>{html}</article>"
SOURCE = "<details><summary>As HTML</summary><pre>{}</pre></details>"


def install(app: Chalice, url: str) -> str:
    """Serve the page where a module sends mail, and give the line that says so; else ""."""
    from chalicekit import api, pages
    from chalicekit.endpoint import Routes
    from chalicekit.mailbox import MAILBOXES

    if not MAILBOXES or os.environ.get("LOCAL_AWS", "").lower() == "off":
        return ""
    routes = Routes(__name__, public=True)

    @routes.get(PATH)
    def local_mails() -> Response:
        """Show the mails that were sent here, the last one first."""
        return pages.html(TEMPLATE, {}, {"mails": "".join(shown()) or "<p>None yet.</p>"})

    app.register_blueprint(routes)
    api.complete(app)
    return f"Mail stays here: {url}{PATH} shows what would have been sent."


def shown() -> Iterator[str]:
    """Each mail as HTML; or why there are none to show."""
    try:
        mails = sorted(kept(), key=lambda mail: float(mail["Timestamp"]), reverse=True)
    except (OSError, ValueError, KeyError, AttributeError):
        yield "<p>This AWS cannot show its mails: only the local one of make run does.</p>"
        return
    for mail in mails:
        at = datetime.fromtimestamp(float(mail["Timestamp"])).astimezone()
        about = f"{at:%H:%M:%S}, from {mail['Source']} to {', '.join(mail['To'])}"
        html = SOURCE.format(escape(mail["BodyHtml"])) if mail.get("BodyHtml") else ""
        texts = {"subject": mail["Subject"], "about": about, "text": mail["BodyText"]}
        yield ONE.format(html=html, **{name: escape(text) for name, text in texts.items()})


def kept() -> list[Mapping[str, Any]]:
    """The mails that the local AWS has, since it was started. Raises OSError, ValueError."""
    found = [os.environ[name] for name in ENDPOINTS if os.environ.get(name)]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{(found or [''])[0]}{KEPT_AT}", timeout=SECONDS) as answer:
        return [mail for mails in json.load(answer)["messages"].values() for mail in mails]
