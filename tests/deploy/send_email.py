"""SendEmail for ministack, judged by IAM as SES does it; it is installed as import_api.py is.

By itself it asks for the grant on "*", and tells a condition no address. SES asks for it on the
identity that the mail is sent from: its address, where that was verified by itself, else its
domain; in the sandbox on the identities of the receivers, too.
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack import app
from ministack.core.responses import get_account_id
from ministack.services import ses_v2

PATH = "/v2/email/outbound-emails"

_others = app._enforce_ses_v2


def install() -> None:
    app._enforce_ses_v2 = enforce


def enforce(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any, request: str
) -> Any:
    """What a request is refused with; None where it may go on."""
    if (method, path.rstrip("/")) != ("POST", PATH):
        return _others(method, path, headers, body, query, request)
    sender = json.loads(body).get("FromEmailAddress", "")
    identity = sender if sender in ses_v2._identities else sender.rpartition("@")[2]
    region = app.extract_region(headers, query)
    arn = f"arn:aws:ses:{region}:{get_account_id()}:identity/{identity}"
    return app._enforce_data_plane(
        "sesv2",
        "ses:SendEmail",
        headers,
        query,
        request,
        resource_arn=arn,
        named_resource=arn,
        service_context={"ses:fromaddress": sender},
    )
