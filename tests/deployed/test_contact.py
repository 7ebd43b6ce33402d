"""A deployed stage sends mail by the grant that its policy has, and by no other."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.contact.client import ADA, ADDRESS
from tests.deployed.package import Package
from tests.deployed.test_grants import Deployed
from tests.engines import APP

SID = "MailOfContact"


@pytest.fixture(scope="module")
def once(package: Package) -> Deployed:
    return Deployed(package)


@pytest.fixture
def deployed(once: Deployed) -> Iterator[Deployed]:
    yield once
    once.allow(once.document)


def changed(document: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The policy with other members in the statement about mail; without it, where none is left."""
    rest = [s for s in document["Statement"] if s["Sid"] != SID]
    (mail,) = [s for s in document["Statement"] if s["Sid"] == SID]
    assert mail["Condition"] == {"StringEquals": {"ses:FromAddress": ADDRESS}}
    return document | {"Statement": [*rest, mail | members] if members else rest}


def send(deployed: Deployed) -> requests.Response:
    return deployed.session.post(f"{deployed.url}/contact", json=ADA, timeout=30)


def test_with_the_grant_and_the_identity_of_its_own_stack_it_is_sent(
    deployed: Deployed, package: Package
) -> None:
    described = package.aws.client("cloudformation").describe_stack_resources(
        StackName=f"{APP}-dev-data"
    )
    made = {
        one["LogicalResourceId"]: one["PhysicalResourceId"] for one in described["StackResources"]
    }
    assert made["ContactIdentity"] == ADDRESS
    assert (sent := send(deployed)).status_code == 200, sent.text
    kept = requests.get(f"{package.aws.url}/_ministack/ses/messages", timeout=10).json()
    (mail,) = [mail for mails in kept["messages"].values() for mail in mails]
    assert (mail["Source"], mail["To"]) == (ADDRESS, [ADDRESS])


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"Resource": ["arn:aws:ses:*:*:identity/example.net"]},
        {"Condition": {"StringEquals": {"ses:FromAddress": "other@example.com"}}},
    ],
    ids=["none", "another identity", "another address"],
)
def test_without_it_nothing_is_sent(
    deployed: Deployed, package: Package, members: dict[str, Any]
) -> None:
    deployed.allow(changed(deployed.document, **members))
    answer = send(deployed)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text
    assert "Ada" not in json.dumps(answer.json())
