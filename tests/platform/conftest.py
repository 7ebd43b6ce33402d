"""`api`: the first resource of the API at BASE_URL."""

import os
from dataclasses import dataclass

import pytest

from tests.contract.client import Api
from tests.resources import described
from tests.targets import Target
from tools import aws, stages
from tools.aws import Account
from tools.stages import Stage


@dataclass(frozen=True)
class Behind:
    """The account that the API runs in, and its stage."""

    account: Account
    stage: Stage


@pytest.fixture(scope="session")
def api(target: Target) -> Api:
    return Api(target, next(iter(described().values())))


@pytest.fixture(scope="session")
def behind() -> Behind:
    stage = stages.read(os.environ["VERIFIED_STAGE"])
    return Behind(aws.account(stage), stage)
