"""A client of the local issuer, as a page in a browser is one."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636-as-it-has-43"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BACK = "http://localhost:5173/callback"
ASKED = {
    "response_type": "code",
    "client_id": "pages",
    "redirect_uri": BACK,
    "scope": "openid users:read users:write",
    "state": "its state",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


class Client:
    """Asks an issuer at an address; what is given takes the place of what is right."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def form(self, **given: str) -> requests.Response:
        """The form, or what there is instead."""
        asked = {name: value for name, value in (ASKED | given).items() if value}
        return self.session.get(f"{self.url}/authorize", params=asked, allow_redirects=False)

    def log_in(
        self,
        subject: str = "ada",
        granted: tuple[str, ...] = ("openid", "users:read"),
        answer: str = "yes",
        origin: str = "",
        **given: str,
    ) -> requests.Response:
        """Send the form, as it came."""
        page = self.form(**given).text
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
        sent = [(name, unescape(value)) for name, value in hidden]
        sent += [("subject", subject), ("answer", answer)]
        sent += [("granted", scope) for scope in granted]
        headers = {"Origin": origin or self.url}
        return self.session.post(
            f"{self.url}/authorize", data=sent, headers=headers, allow_redirects=False
        )

    def code(self, **given: Any) -> str:
        return sent_back(self.log_in(**given))["code"]

    def exchange(
        self, code: str, headers: dict[str, str] | None = None, /, **given: str
    ) -> requests.Response:
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": "pages",
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        return self.session.post(f"{self.url}/token", data=sent | given, headers=headers)


def sent_back(answer: requests.Response) -> dict[str, str]:
    """What the browser takes along, back to the client."""
    assert answer.status_code == 303, answer.text
    address = urlsplit(answer.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == BACK
    return {name: values[0] for name, values in parse_qs(address.query).items()}
