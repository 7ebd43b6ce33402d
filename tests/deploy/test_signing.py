"""What is sent to a function URL that asks for signatures."""

import json
from typing import Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import get_session

from tools.aws import Account
from tools.deploy.calls import Api
from tools.deploy.signing import Signer

URL = "https://abc.lambda-url.eu-central-1.on.aws"


@pytest.fixture
def signer(monkeypatch: pytest.MonkeyPatch) -> Signer:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    return Signer(Account("1", "eu-central-1", "aws", get_session()))


def signature(headers: dict[str, str]) -> str:
    return headers["Authorization"].rpartition("Signature=")[2]


def test_all_that_is_sent_is_signed(signer: Signer) -> None:
    given = signer.signed("POST", f"{URL}/users", json={"a": 1}, headers={"Idempotency-Key": "k"})
    assert json.loads(given["body"]) == {"a": 1}
    headers = given["headers"]
    scope = f"Credential=AKIA/{headers['X-Amz-Date'][:8]}/eu-central-1/lambda/aws4_request"
    assert headers["Authorization"].startswith(f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=")
    assert headers["X-Amz-Security-Token"] == "token"
    assert headers["Content-Type"] == "application/json"
    assert headers["Idempotency-Key"] == "k"
    # As the other end finds it: by what was sent, and the time that stands there.
    request = AWSRequest("POST", f"{URL}/users", {}, given["body"])
    for name in ("content-type", "host", "idempotency-key", "x-amz-date", "x-amz-security-token"):
        request.headers[name] = headers.get(name.title(), "abc.lambda-url.eu-central-1.on.aws")
    request.context["timestamp"] = headers["X-Amz-Date"]
    credentials = get_session().get_credentials()
    assert credentials
    auth = SigV4Auth(credentials, "lambda", "eu-central-1")
    text = auth.string_to_sign(request, auth.canonical_request(request))
    assert auth.signature(text, request) == signature(headers)


def test_another_body_is_another_signature(signer: Signer) -> None:
    one, other = (signer.signed("POST", URL, json={"a": value}) for value in (1, 2))
    assert signature(one["headers"]) != signature(other["headers"])


def test_what_has_no_body(signer: Signer) -> None:
    given = signer.signed("GET", f"{URL}/health?deep=1")
    assert given["body"] == b""
    assert "Content-Type" not in given["headers"]
    assert signature(given["headers"])


@pytest.mark.parametrize("signs", [True, False])
def test_the_try_signs_where_it_is_told(
    signer: Signer, monkeypatch: pytest.MonkeyPatch, signs: bool
) -> None:
    sent: list[Any] = []

    def request(_: object, method: str, url: str, **more: Any) -> urllib3.HTTPResponse:
        sent.append((method, url, more))
        return urllib3.HTTPResponse(b"{}", status=200)

    monkeypatch.setattr(urllib3.PoolManager, "request", request)
    Api(URL, print, signer if signs else None).send("GET", "/health")
    ((method, url, more),) = sent
    assert (method, url) == ("GET", f"{URL}/health")
    assert ("Authorization" in more.get("headers", {})) is signs
