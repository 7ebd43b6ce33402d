"""Where visitors' messages go: by mail from a fixed address to a fixed one, so many from each.

    mailbox = Mailbox("contact", most=5, seconds=3600)

is made at import, so that tools/policies knows of it; its addresses are CONTACT_FROM and _TO.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from . import settings
from .call import Call
from .settings import SettingError

# What SES takes without quotes or encoding, and no display name.
_ADDRESS = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"

MAILBOXES: list[Mailbox] = []


class Mailbox:
    """The mail of one feature. From each address it takes `most` messages in `seconds`."""

    def __init__(self, name: str, *, most: int, seconds: int) -> None:
        self.name = name
        self._most, self._seconds = most, seconds
        MAILBOXES.append(self)

    def send(self, call: Call, *, subject: str, text: str, html: str, reply_to: str) -> None:
        """Send one mail. Raises Problem `too_many_requests`, Unavailable, SettingError.

        What was certainly not sent is not counted.
        """
        sender, receiver = self.addresses(settings.feature(self.name))
        from . import limits, mail, windows  # no part of a cold start

        quota = limits.Quota(self.name, self._most, self._seconds)
        windows.take(call, quota)
        try:
            mail.send(sender, receiver, subject=subject, text=text, html=html, reply_to=reply_to)
        except mail.NotSent:
            windows.give_back(call, quota)
            raise

    def addresses(self, given: Mapping[str, str]) -> tuple[str, str]:
        """From whom and to whom it is, by the feature's settings. Raises SettingError."""
        return self._address("FROM", given), self._address("TO", given)

    def _address(self, what: str, given: Mapping[str, str]) -> str:
        value, name = given.get(what, ""), f"{self.name.upper().replace('-', '_')}_{what}"
        if not value:
            raise SettingError(f"set {name}: without it no message can be sent")
        if not re.fullmatch(_ADDRESS, value, re.ASCII):
            raise SettingError(f"{name} must be one e-mail address, such as contact@example.com")
        return value
