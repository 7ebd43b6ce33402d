"""Signatures for a function URL that lets nobody through without one (UrlAuthType AWS_IAM)."""

from __future__ import annotations

import json
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tools.aws import Account


class Signer:
    """Signs with the credentials that deploy."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def signed(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        """What to send instead of `json` and `headers`: `body`, and `headers` with a signature."""
        headers, body = more.get("headers", {}), b""
        if "json" in more:
            headers = {"Content-Type": "application/json"} | headers
            body = json.dumps(more["json"]).encode()
        request = AWSRequest(method, url, headers, body)
        credentials = self._account.session.get_credentials()  # they may have been renewed
        assert credentials  # the account was found with them
        SigV4Auth(credentials, "lambda", self._account.region).add_auth(request)
        return {"headers": dict(request.headers.items()), "body": body}
