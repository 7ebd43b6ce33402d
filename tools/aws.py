"""The AWS account that a command works on, by the standard variables in its environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    SSOError,
    TokenRetrievalError,
)
from botocore.session import Session, get_session

from tools import connect
from tools.refusals import Refusal, answered
from tools.stages import Stage

PATIENT = Config(
    connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 5}
)


@dataclass(frozen=True)
class Account:
    """Where a stage is, or will be: an account, and a region in it."""

    number: str
    region: str
    partition: str  # aws, aws-cn, aws-us-gov
    session: Session = field(repr=False)

    def client(self, service: str) -> Any:
        return self.session.create_client(service, region_name=self.region, config=PATIENT)

    @property
    def emulated(self) -> bool:
        """Whether AWS_ENDPOINT_URL leads to something else than AWS."""
        host = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname
        return bool(host) and not f"{host}".endswith(("amazonaws.com", "amazonaws.com.cn"))


def emulated_url(api_id: str, gateway_stage: str) -> str:
    """Where an emulator serves an API of API Gateway, without a slash at its end."""
    endpoint = os.environ["AWS_ENDPOINT_URL"].rstrip("/")
    return f"{endpoint}/_aws/execute-api/{api_id}/{gateway_stage}"


def account(stage: Stage) -> Account:
    """The account of the credentials in the environment.

    Raises Refusal, also where it is not the stage's own.
    """
    if lacking := connect.lacking():
        raise Refusal(lacking)
    session = get_session()
    region = os.environ.get("AWS_REGION") or session.get_config_variable("region")
    if stage.region and region != stage.region:
        raise Refusal(
            f"Stage {stage.name} belongs to {stage.region} (.chalice/config.json), "
            f"and the region here is {region}: set AWS_REGION={stage.region}."
        )
    identity = _identity(session, region)
    number, partition = identity["Account"], identity["Arn"].split(":")[1]
    if stage.account and number != stage.account:
        raise Refusal(
            f"Stage {stage.name} belongs to account {stage.account} (.chalice/config.json), "
            f"and the credentials here are of {number}: set AWS_PROFILE."
        )
    return Account(number, region, partition, session)


def _identity(session: Session, region: str) -> dict[str, str]:
    try:
        client: Any = session.create_client("sts", region_name=region, config=PATIENT)
        identity: dict[str, str] = client.get_caller_identity()
    except ClientError as error:
        raise Refusal(
            f"{answered(error)} Are the credentials of today, and is AWS_REGION right?"
        ) from None
    except (SSOError, TokenRetrievalError, CredentialRetrievalError) as error:
        said = str(error).rstrip(".")
        raise Refusal(f"No credentials ({said}): log in again, such as by aws sso login.") from None
    except (BotoCoreError, ValueError) as error:
        said = str(error).rstrip(".")
        raise Refusal(f"AWS in {region} cannot be reached ({said}): is AWS_REGION right?") from None
    return identity
