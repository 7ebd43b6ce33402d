"""A deployed API, with IAM enforced, goes over to restored tables and back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.clone import Clone
from tests.cloud import STACK, Cloud, cloud, deploy, deployable, python, run
from tests.operations.past import Past
from tests.operations.tables import Held, assert_sound
from tools.data import table_import

pytestmark = [pytest.mark.users, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Cloud]:
    with cloud(tmp_path / "aws") as started:
        yield started


@pytest.fixture
def clone(tmp_path: Path, aws: Cloud) -> Clone:
    made = deployable(tmp_path / "clone")
    deployed(aws, made)
    return made


def deployed(aws: Cloud, clone: Clone) -> None:
    done = deploy(aws, clone)
    assert done.returncode == 0, done.stdout + done.stderr


def shown(aws: Cloud) -> list[str]:
    """The ids of all users, by the API; asserts that it answers."""
    answer = users(aws).get(url(aws))
    assert answer.status_code == 200, answer.text
    return sorted(user["id"] for user in answer.json()["items"])


def users(aws: Cloud) -> requests.Session:
    return aws.session()


def url(aws: Cloud) -> str:
    return aws.address(aws.outputs()["RestAPIId"]) + "/users"


def create(aws: Cloud, key: str, email: str) -> int:
    body = {"id": key, "name": "Ada", "email": email}
    return users(aws).post(url(aws), json=body).status_code


def in_stack(aws: Cloud) -> set[str]:
    client = aws.client("cloudformation")
    rows = client.describe_stack_resources(StackName=f"{STACK}-data")["StackResources"]
    return {row["PhysicalResourceId"] for row in rows if row["ResourceType"] == table_import.TABLE}


def test_over_to_restored_tables_and_back(aws: Cloud, clone: Clone) -> None:
    own = Held(aws.client(), "dev")
    for table in ("users", "claims"):  # ministack's CloudFormation leaves it out
        on = {"PointInTimeRecoveryEnabled": True}
        own.client.update_continuous_backups(
            TableName=own.name(table), PointInTimeRecoverySpecification=on
        )
    config, policy = ".chalice/config.json", ".chalice/policy-dev.json"
    before = {path: clone.text(path) for path in (config, policy)}
    assert create(aws, "ada", "ada@example.org") == 201
    with Past(aws, [own.name("users"), own.name("claims")]) as past:
        at = past.keep()
        assert users(aws).delete(f"{url(aws)}/ada").status_code == 204
        assert create(aws, "eve", "ada@example.org") == 201
        command = [*python(clone), "tools.restore", "--stage", "dev", "--at", at]
        done = run(aws, clone, *command, AWS_ENDPOINT_URL_DYNAMODB=past.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert shown(aws) == ["eve"], "nothing is switched before the deploy"

    deployed(aws, clone)
    settings = json.loads(clone.text(config))["stages"]["dev"]["environment_variables"]
    restored = {settings["TABLE_USERS"], settings["TABLE_CLAIMS"]}
    assert in_stack(aws) == restored
    assert shown(aws) == ["ada"]
    assert create(aws, "bob", "ADA@example.org") == 409
    assert create(aws, "bob", "bob@example.org") == 201
    suffix = settings["TABLE_USERS"].removeprefix(own.name("users"))
    assert_sound(Held(own.client, "dev", suffix))

    done = run(aws, clone, *python(clone), "tools.deploy.rollback", "--stage", "dev")
    assert done.returncode == 0, done.stdout + done.stderr
    assert users(aws).get(url(aws)).status_code == 503, "the tables of before, not granted any more"

    for path, text in before.items():
        clone.write(path, text)
    deployed(aws, clone)
    assert in_stack(aws) == {own.name("users"), own.name("claims")}
    assert shown(aws) == ["eve"]
    assert create(aws, "bob", "ada@example.org") == 409
