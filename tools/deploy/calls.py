"""Requests to what was just deployed: over HTTP, or to one version of the function itself.

A deployment takes its time to be everywhere, and so does a role's policy: until then the gateway
refuses, or DynamoDB does. Both are waited for, together for SPREAD_SECONDS from the first request.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from base64 import b64decode
from typing import Any

import urllib3
from botocore.exceptions import BotoCoreError, ClientError
from chalice.local import LambdaEventConverter, RouteMatcher

from tools.deploy.signing import Signer
from tools.lines import Show
from tools.refusals import answered

SPREAD_SECONDS = 60.0
PAUSE_SECONDS = 1.0
DOCUMENT = "/openapi.json"

Answer = urllib3.BaseHTTPResponse


class Odd(Exception):
    """An answer is not what it should be; the message says what was expected, and what came."""


class Broken(Odd):
    """It will not be better, however long one waits."""


class Calls(ABC):
    """A way to what was deployed."""

    spreads = True  # whether it may be odd at first, because it is not everywhere yet

    def __init__(self, show: Show) -> None:
        self.show = show
        self._told: set[str] = set()
        self._deadline = time.monotonic() + SPREAD_SECONDS

    @abstractmethod
    def send(self, method: str, path: str, **more: Any) -> Answer:
        """Any answer, to one request with `json` and `headers`. Raises Odd where there is none."""

    def call(self, method: str, path: str, **more: Any) -> Answer:
        """Any answer but that it is too early, or too often. Raises Odd.

        Too early it is where DynamoDB does not know the function's role yet.
        """
        while True:
            answer = self.send(method, path, **more)
            early = answer.status == 503 and code(answer) in (" unavailable", " throttled")
            if early and self.waits("DynamoDB to take the function's role"):
                continue
            if answer.status == 429 and self.waits("what limits how often it may be called"):
                continue
            return answer

    def expect(self, status: int, method: str, path: str, **more: Any) -> Answer:
        """The answer, where it has this status. Raises Odd."""
        answer = self.call(method, path, **more)
        if answer.status != status:
            kind = Odd if self.spreads and code(answer) != " not_configured" else Broken
            raise kind(odd(method, path, f"{status}", answer))
        return answer

    def document(self) -> dict[str, Any]:
        """What it says of itself."""
        found: dict[str, Any] = self.expect(200, "GET", DOCUMENT).json()
        return found

    def waits(self, what: str) -> bool:
        """Pause before one more try, and say once what for; False where the time is over."""
        if time.monotonic() > self._deadline:
            return False
        if what not in self._told:
            self.show(f"  Waiting for {what}: a minute at most.")
            self._told.add(what)
        time.sleep(PAUSE_SECONDS)
        return True


class Api(Calls):
    """Over HTTP. `url` has no slash at its end; `signer` signs where that wants it."""

    def __init__(self, url: str, show: Show, signer: Signer | None = None) -> None:
        super().__init__(show)
        self._url, self._signer = url, signer
        self._http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(35, connect=5))

    def send(self, method: str, path: str, **more: Any) -> Answer:
        if self._signer:
            more = self._signer.signed(method, self._url + path, **more)
        try:
            return self._http.request(method, self._url + path, **more)
        except urllib3.exceptions.HTTPError as error:
            raise Odd(
                f"{method} {self._url}{path} has no answer ({type(error).__name__})."
            ) from None


class Version(Calls):
    """One version, past the gateway: with what API Gateway would send to it."""

    spreads = False

    def __init__(self, client: Any, function: str, version: str, show: Show) -> None:
        super().__init__(show)
        self._client = client
        self._which = {"FunctionName": function, "Qualifier": version}
        self._routes = ["/health", DOCUMENT]

    def document(self) -> dict[str, Any]:
        """As that of every other; it also tells which routes there are to send to."""
        found = super().document()
        self._routes = [*{*self._routes, *found["paths"]}]
        return found

    def send(self, method: str, path: str, **more: Any) -> Answer:
        headers = {"content-type": "application/json"} | more.get("headers", {})
        body = json.dumps(more["json"]) if "json" in more else None
        routes = LambdaEventConverter(RouteMatcher(self._routes))
        event = routes.create_lambda_event(method, path, headers, body)  # type: ignore[arg-type]  # text is what Lambda takes
        try:
            given = self._client.invoke(**self._which, Payload=json.dumps(event))
        except BotoCoreError as error:
            raise Odd(f"{method} {path} has no answer ({type(error).__name__}).") from None
        except ClientError as error:
            kind = Broken if "AccessDenied" in error.response["Error"]["Code"] else Odd
            told = answered(error).rstrip(".")
            raise kind(f"{method} {path} has no answer ({told}).") from None
        made = json.loads(given["Payload"].read())
        if "FunctionError" in given:  # its message may tell what is nobody's business
            raise Broken(f"{method} {path} has no answer ({made.get('errorType', 'a crash')}).")
        several = {name: values[-1] for name, values in made.get("multiValueHeaders", {}).items()}
        text = made.get("body", "")
        data = b64decode(text) if made.get("isBase64Encoded") else text.encode()
        return urllib3.HTTPResponse(data, made.get("headers", {}) | several, made["statusCode"])


def odd(method: str, path: str, expected: str, answer: Answer) -> str:
    """What came instead; of the body the code alone, which holds nobody's data."""
    request = answer.headers.get("X-Request-Id") or answer.headers.get("x-amzn-RequestId")
    got = f"{answer.status}{code(answer)} (request {request})"
    said = f"{method} {path}: expected {expected}, got {got}."
    if code(answer) == " not_configured":
        said += " A setting lacks or makes no sense: see docs/settings.md."
    return said


def code(answer: Answer) -> str:
    """The code of a problem, after a space."""
    try:
        return f" {answer.json()['code']}"
    except (ValueError, KeyError, TypeError):
        return ""
