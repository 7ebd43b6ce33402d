"""Which account a command works on, and what is said where it is not the stage's."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    UnauthorizedSSOTokenError,
)
from botocore.session import Session

from tools import aws, stages
from tools.refusals import Refusal

ACCOUNT, REGION = "123456789012", "eu-central-1"
DEV = replace(stages.read("dev"), region=REGION, account=ACCOUNT)
SINCE = "The security token included in the request is expired"


class Sts:
    """Says who asks, or raises what it is given."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    def get_caller_identity(self) -> dict[str, str]:
        if self._error:
            raise self._error
        return {"Account": ACCOUNT, "Arn": f"arn:aws-us-gov:sts::{ACCOUNT}:assumed-role/me/me"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    monkeypatch.setenv("AWS_REGION", REGION)
    answering(monkeypatch)


def answering(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> list[Any]:
    """Let this STS be asked; gives the regions that it was asked in."""
    asked = []

    def create_client(_: Session, service: str, region_name: str, **__: Any) -> Sts:
        assert service == "sts"
        asked.append(region_name)
        return Sts(error)

    monkeypatch.setattr(Session, "create_client", create_client)
    return asked


def refused(stage: stages.Stage = DEV) -> str:
    with pytest.raises(Refusal) as raised:
        aws.account(stage)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("stage", [DEV, replace(DEV, region="", account="")])
def test_the_account_of_the_credentials(
    stage: stages.Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch)
    found = aws.account(stage)
    assert (found.number, found.region, found.partition) == (ACCOUNT, REGION, "aws-us-gov")
    assert asked == [REGION]


def test_the_region_has_two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert aws.account(DEV).region == REGION
    monkeypatch.setenv("AWS_REGION", "")
    assert aws.account(replace(DEV, region="")).region == "us-east-1"


def test_another_account_than_the_stage_s() -> None:
    assert refused(replace(DEV, account="999999999999")) == (
        "Stage dev belongs to account 999999999999 (.chalice/config.json), "
        f"and the credentials here are of {ACCOUNT}: set AWS_PROFILE."
    )


def test_another_region_than_the_stage_s(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch)
    assert refused(replace(DEV, region="eu-west-1")) == (
        "Stage dev belongs to eu-west-1 (.chalice/config.json), "
        f"and the region here is {REGION}: set AWS_REGION=eu-west-1."
    )
    assert asked == []


@pytest.mark.parametrize("value", [None, ""])
def test_no_region(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    if value is not None:
        monkeypatch.setenv("AWS_REGION", value)
    assert refused() == "No region: set AWS_REGION or AWS_PROFILE."


def test_an_empty_profile_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "")
    assert aws.account(DEV).number == ACCOUNT
    assert "AWS_PROFILE" not in os.environ  # for the processes that it starts, too


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            ClientError({"Error": {"Code": "ExpiredToken", "Message": SINCE}}, "GetCallerIdentity"),
            f"AWS refused GetCallerIdentity: {SINCE}. Are the credentials of today, and is AWS_",
        ),
        (
            UnauthorizedSSOTokenError(),
            "No credentials (The SSO session associated with this profile has expired or is",
        ),
        (
            CredentialRetrievalError(provider="custom-process", error_msg="no"),
            "No credentials (Error when retrieving credentials from custom-process: no): log in ",
        ),
        (
            EndpointConnectionError(endpoint_url="https://sts.nowhere"),
            f"AWS in {REGION} cannot be reached (Could not connect to the endpoint URL: ",
        ),
    ],
)
def test_credentials_that_are_refused(
    error: Exception, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, error)
    assert refused().startswith(line)


@pytest.mark.parametrize(
    ("endpoint", "emulated"),
    [
        (None, False),
        ("", False),
        ("http://127.0.0.1:4566", True),
        ("http://localhost:4566/", True),
        ("http://aws.lab:4566", True),
        ("https://vpce-1.lambda.eu-west-1.vpce.amazonaws.com", False),
    ],
)
def test_what_is_no_amazons_is_an_emulator(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None, emulated: bool
) -> None:
    """Else the try after a deployment would call somebody's API on the real AWS."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    if endpoint is not None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    session: Any = None
    assert aws.Account("1", "us-east-1", "aws", session).emulated is emulated
