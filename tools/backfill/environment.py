"""The environment of this process as that of a stage, for the modules of the API."""

from __future__ import annotations

import logging
import os

from tools import aws, connect, stages
from tools.local import localaws
from tools.refusals import Refusal


def enter(name: str) -> str:
    """Set the environment for a stage's tables; gives a line that says where they are.

    Raises Refusal.
    """
    stage = stages.read(name)
    connect.enter_stage(name)
    logging.getLogger("chalicekit").setLevel(logging.CRITICAL)  # told by a line, or waited for
    if name == "local":
        try:
            return connect.local(os.getpid())
        except localaws.LocalAwsError as error:
            raise Refusal(str(error)) from None
    if os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") and not os.environ.get("AWS_ENDPOINT_URL"):
        return f"Stage {name}: {connect.own_endpoint()}"  # a DynamoDB alone knows no accounts
    account = aws.account(stage)
    return f"Stage {name}: account {account.number}, {account.region}."
