"""One mail through Amazon SES (version 2 of its API), asked for once.

SES has no token under which a request could safely be sent again: a second one may be a second
mail. So nothing is repeated here, and a lost answer is told as what it is.
"""

from __future__ import annotations

import os
import unicodedata
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from botocore.session import get_session

from . import log
from .problems import Unavailable

CONNECT_SECONDS = 1
READ_SECONDS = 5
UNTIL_MENDED = 300  # seconds after which it may be worth another try, where the owner must act
BREAKING = {"Cc", "Zl", "Zp"}  # control characters, line breaks of every kind among them
BUSY = {"TooManyRequestsException", "ThrottlingException", "Throttling"}
OWNERS = (CredentialRetrievalError, NoCredentialsError, NoRegionError, PartialCredentialsError)
NOT_CONNECTED = (ConnectTimeoutError, EndpointConnectionError)
HINT = (
    "check in SES the identity of the sender, the sandbox, and whether sending is paused; "
    "and the grants: make policy"
)


class NotSent(Unavailable):
    """No mail was sent, and it is known that none was."""


@cache
def client() -> Any:
    """The SES client of this process; the standard AWS variables set it up."""
    return get_session().create_client(
        "sesv2",
        region_name=os.environ.get("AWS_REGION"),  # which botocore alone does not read
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1},
        ),
    )


def reset() -> None:
    """Drop the client: the next mail makes one from the environment as it then is."""
    client.cache_clear()


def send(sender: str, receiver: str, *, subject: str, text: str, html: str, reply_to: str) -> None:
    """Send it. Raises NotSent, or Unavailable `outcome_unknown` where SES may have sent it."""
    replies = _ascii(reply_to)
    for header in (sender, receiver, subject, *replies):
        if {unicodedata.category(char) for char in header} & BREAKING:
            raise ValueError("what becomes a header must be one line")
    parts = {"Text": {"Data": text, "Charset": "UTF-8"}, "Html": {"Data": html, "Charset": "UTF-8"}}
    content = {"Subject": {"Data": subject, "Charset": "UTF-8"}, "Body": parts}
    try:
        answer = client().send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [receiver]},
            ReplyToAddresses=replies,
            Content={"Simple": content},
        )
        # Kept open, it may have been closed at the other end by the next mail, hours later: that
        # would look like a lost answer.
        client().close()
    except (BotoCoreError, ClientError) as error:
        raise _meaning(error) from None
    except Exception as error:  # noqa: BLE001  an answer that is none of SES's fails in many ways
        raise _unknown(type(error).__name__) from None
    if not answer.get("MessageId"):
        raise _unknown("no MessageId")


def _ascii(address: str) -> list[str]:
    """The address as SES takes it; none where its local part is not ASCII, which SES refuses."""
    from email_validator import validate_email  # a quarter of a cold start

    found = validate_email(address, check_deliverability=False).ascii_email
    return [found] if found else []


def _meaning(error: BotoCoreError | ClientError) -> Unavailable:
    """What a failure means: not sent, and why; or nobody knows."""
    if not isinstance(error, ClientError):
        reason = type(error).__name__
        if isinstance(error, OWNERS):
            return _refused(reason)
        return _away(reason) if isinstance(error, NOT_CONNECTED) else _unknown(reason)
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in BUSY or status == 429:
        log.warning("mail_throttled", reason=code)
        return NotSent("throttled", "Too much mail is being sent: nothing was; try again shortly.")
    if status == 503:  # before anything was done
        return _away(code)
    return _unknown(code) if status >= 500 else _refused(code)


def _refused(reason: str) -> NotSent:
    log.error("mail_refused", reason=reason, hint=HINT)
    text = "The mail could not be sent, and nothing was; the owner must look."
    return NotSent("unavailable", text, after=UNTIL_MENDED)


def _away(reason: str) -> NotSent:
    log.warning("mail_away", reason=reason)
    return NotSent("unavailable", "The mail could not be sent, and nothing was; try again shortly.")


def _unknown(reason: str) -> Unavailable:
    log.error("mail_unknown", reason=reason)
    return Unavailable(
        "outcome_unknown",
        "The connection broke while the mail was being sent, so it may have been; "
        "sent again, it may come twice.",
    )
