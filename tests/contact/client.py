"""Calls to the form, and the mails that came of them, wherever a target keeps these."""

import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import requests
from moto.ses.models import ses_backends

from chalicelib import contact
from tests.targets import Target

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FORM = "application/x-www-form-urlencoded"
ADDRESS = "contact@example.com"  # CONTACT_FROM and CONTACT_TO of stage local
FULL = re.compile(r'"contact";r=4;t=(3600|359\d)')  # RateLimit, after the first one
ADA = {"name": "Ada Lovelace", "email": "ada@example.org", "message": "Hello.\nIs it there?"}


@dataclass(frozen=True)
class Mail:
    """A mail as an AWS that is no AWS keeps it; moto keeps no text where there is HTML."""

    sender: str
    receivers: list[str]
    subject: str
    html: str
    text: str | None = None


class Form:
    """The form of a target."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.url = f"{target.base_url}/contact"

    def page(self, query: str = "", **headers: str) -> requests.Response:
        return self.target.session.get(self.url + query, headers=BROWSER | headers, timeout=30)

    def json(self, **members: Any) -> requests.Response:
        """As a program sends it; a member of None is left out."""
        body = {k: v for k, v in (ADA | members).items() if v is not None}
        return self.target.session.post(self.url, json=body, timeout=30)

    def posted(self, **fields: str) -> requests.Response:
        """As a browser without JavaScript sends it."""
        return self.sent("&".join(f"{k}={quote_plus(v)}" for k, v in (ADA | fields).items()))

    def sent(self, body: str | bytes, type: str = FORM, **headers: str) -> requests.Response:
        """As a browser sends these bytes."""
        given = BROWSER | {"Content-Type": type} | headers
        return self.target.session.post(
            self.url, data=body, headers=given, timeout=30, allow_redirects=False
        )

    def mails(self) -> list[Mail]:
        """What was sent so far, the last one last."""
        if not self.target.services:
            boxes = [box for regions in ses_backends.values() for box in regions.values()]
            return [
                Mail(m.source, m.destinations["ToAddresses"], m.subject, m.body)
                for box in boxes
                for m in box.sent_messages
            ]
        kept = requests.get(f"{self.target.services}/_ministack/ses/messages", timeout=10).json()
        return [
            Mail(m["Source"], m["To"], m["Subject"], m["BodyHtml"], m["BodyText"])
            for of_account in kept["messages"].values()
            for m in sorted(of_account, key=lambda mail: mail["Timestamp"])
        ]


def long_ago() -> str:
    """When a page was made that was then read."""
    return str(int(time.time()) - contact.LEAST_SECONDS - 1)
