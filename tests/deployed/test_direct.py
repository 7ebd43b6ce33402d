"""`make deploy STAGE=dev` and `make destroy STAGE=dev` by `chalice deploy`, on a local AWS."""

import fcntl
import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.clone import Clone
from tests.cloud import (
    Cloud,
    cloud,
    configure,
    deploy,
    deployable,
    deploying,
    line,
    run,
    started,
)
from tests.engines import APP, REGION, free_port
from tests.resources.users import USERS

pytestmark = pytest.mark.slow

FUNCTION = f"{APP}-dev"
FILE = ".chalice/deployed/dev.json"
MAKE = ("make", "deploy", "STAGE=dev")
ADA = USERS.sample() | {"id": "ada"}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud(tmp_path_factory.mktemp("aws")) as running:
        yield running


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return deployable(tmp_path / "clone")


class Life:
    """A stage, from its first deployment to its end."""

    def __init__(self, aws: Cloud, clone: Clone) -> None:
        self.aws, self.clone = aws, clone
        self.gateway = aws.client("apigateway")

    def apis(self) -> list[str]:
        return [api["id"] for api in self.gateway.get_rest_apis()["items"] if api["name"] == APP]

    def make(self, *command: str) -> str:
        """What it prints. It must end well."""
        done = run(self.aws, self.clone, *command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def deploy(self) -> str:
        """Deploy; gives the URL, which is its last line."""
        printed = self.make(*MAKE)
        assert "  /users: one was made, read and deleted.\n" in printed
        assert "  Browsers may call from http://localhost:5173.\n" in printed
        return printed.splitlines()[-1]

    def interrupt(self) -> str:
        """Press Ctrl-C while Chalice makes the API; gives what is printed."""
        with started(self.aws, self.clone, *deploying(self.clone, via="chalice")) as process:
            assert process.stdout
            printed = ""
            for line in process.stdout:
                printed += line
                if line == "  Creating the API.\n":
                    process.send_signal(signal.SIGINT)
            assert process.stderr
            printed += process.stderr.read()
        assert process.returncode == 1
        return printed

    def users(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.aws.client().scan(TableName=f"{APP}-dev-users")["Items"]
        return items


def replaces_its_replies(url: str) -> None:
    """No route takes TRACE, so the gateway itself answers."""
    answer = requests.request("TRACE", f"{url}/users", timeout=10)
    assert answer.status_code in (403, 404)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {"type", "title", "status", "code", "detail", "instance"} == set(answer.json())


def change_routes(clone: Clone) -> None:
    """One more, one less."""
    more = (
        '@routes.get("/hello")\ndef hello() -> dict[str, str]:\n    return {"hello": "world"}\n\n\n'
    )
    clone.edit("chalicelib/home.py", '@routes.get("/errors")\n', more)


@pytest.mark.timeout(400)
@pytest.mark.users
def test_a_stage_from_its_first_deployment_to_its_end(aws: Cloud, clone: Clone) -> None:
    life = Life(aws, clone)
    assert life.interrupt().endswith("\nStopped. The same command may be given again.\n")

    url = life.deploy()
    (api,) = life.apis()
    assert url == f"{aws.url}/_aws/execute-api/{api}/api"
    replaces_its_replies(url)
    stage = life.gateway.get_stage(restApiId=api, stageName="api")
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 9000
    assert stage["methodSettings"]["*/*"]["throttlingBurstLimit"] == 4000
    (group,) = aws.client("logs").describe_log_groups()["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == (f"/aws/lambda/{FUNCTION}", 14)
    role = f"{FUNCTION}-api_handler"
    policy = aws.client("iam").get_role_policy(RoleName=role, PolicyName=role)["PolicyDocument"]
    resources = {arn for one in policy["Statement"] for arn in one["Resource"]}
    assert f"arn:aws:dynamodb:{REGION}:000000000000:table/{APP}-dev-users" in resources
    assert life.users() == []  # what was made to try it is gone
    assert requests.post(f"{url}/users", json=ADA, timeout=10).status_code == 201

    before = clone.text(FILE)
    (clone.folder / FILE).unlink()  # as in another clone
    change_routes(clone)
    assert life.deploy() == url
    assert life.apis() == [api]
    assert len(json.loads(clone.text(FILE))["resources"]) == len(json.loads(before)["resources"])
    replaces_its_replies(url)
    assert requests.get(f"{url}/hello", timeout=10).json() == {"hello": "world"}
    gone = requests.get(f"{url}/errors", timeout=10)
    assert (gone.status_code, gone.json()["code"]) == (404, "route_not_found")
    assert requests.get(f"{url}/users/ada", timeout=10).json()["name"] == ADA["name"]

    life.make("make", "destroy", "STAGE=dev", f"CONFIRM={FUNCTION}")
    assert life.apis() == []
    assert requests.get(f"{url}/health", timeout=10).status_code == 404
    assert aws.client("lambda").list_functions()["Functions"] == []
    assert not (clone.folder / FILE).exists()
    assert [user["id"] for user in life.users()] == [{"S": "ada"}]


def refused(aws: Cloud, clone: Clone, **env: str) -> str:
    """The one line that `make deploy` ends with."""
    return line(deploy(aws, clone, via="chalice", **env))


def test_refuses_to_deploy_twice_at_once(aws: Cloud, clone: Clone) -> None:
    with (clone.folder / ".local/deploy-dev.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("process 4711, since 12:00:00")
        lock.flush()
        told = refused(aws, clone)
    assert told == (
        "Stage dev is being changed already, by process 4711, since 12:00:00: "
        "wait until it has ended."
    )


@pytest.mark.parametrize(
    ("env", "begin"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "No credentials: set "),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "No region: set "),
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found: correct "),
        ({"AWS_SECRET_ACCESS_KEY": "", "AWS_ACCESS_KEY_ID": "AKIA"}, "Partial credentials found"),
    ],
)
def test_refuses_to_deploy_without_credentials(
    aws: Cloud, clone: Clone, env: dict[str, str], begin: str
) -> None:
    assert refused(aws, clone, AWS_EC2_METADATA_DISABLED="true", **env).startswith(begin)


def test_refuses_credentials_that_nobody_has(aws: Cloud, clone: Clone) -> None:
    told = refused(aws, clone, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE")
    assert told.startswith("AWS refused GetCallerIdentity: ")


def test_refuses_another_region(aws: Cloud, clone: Clone) -> None:
    configure(clone, region="eu-west-1")
    assert refused(aws, clone) == (
        f"Stage dev belongs to eu-west-1 (.chalice/config.json), and the region here is {REGION}: "
        "set AWS_REGION=eu-west-1."
    )


def test_refuses_another_region_than_it_is_deployed_to(aws: Cloud, clone: Clone) -> None:
    arn = f"arn:aws:lambda:eu-west-1:000000000000:function:{FUNCTION}"
    handler = {"name": "api_handler", "resource_type": "lambda_function", "lambda_arn": arn}
    clone.write(FILE, json.dumps({"resources": [handler], "schema_version": "2.0"}))
    done = deploy(aws, clone, via="chalice")
    assert line(done).startswith("Stage dev is deployed to eu-west-1 of account 000000000000 (")
    assert done.stdout == ""  # so no table was made here


@pytest.mark.parametrize(
    ("keys", "begin"),
    [
        ({"python_version": "3.15"}, "Stage dev runs on Python 3.15, and this is 3."),
        ({"python_version": "3.99"}, '.chalice/config.json, stage dev: python_version is "3.99"'),
        (
            {"environment_variables": {"AUTH": ""}},
            "Stage dev does not say who may call it: set AUTH_ISSUER and AUTH_AUDIENCE in ",
        ),
        (
            {"environment_variables": {"AUTH": "", "AUTH_ISSUER": "https://id.example.com"}},
            ".chalice/config.json, stage dev: set AUTH_AUDIENCE to what tokens for this API name ",
        ),
        (
            {"environment_variables": {"MAIL_PASSWORD": "hunter2"}},
            ".chalice/config.json, stage dev: MAIL_PASSWORD looks like a secret, and would stand ",
        ),
    ],
)
def test_refuses_what_could_not_work(
    aws: Cloud, clone: Clone, keys: dict[str, Any], begin: str
) -> None:
    configure(clone, **keys)
    assert refused(aws, clone).startswith(begin)


def test_refuses_a_stage_without_a_policy(aws: Cloud, clone: Clone) -> None:
    (clone.folder / ".chalice/policy-dev.json").unlink()
    assert ".chalice/policy-dev.json" in refused(aws, clone)


def test_says_where_nothing_answers(aws: Cloud, clone: Clone) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    told = refused(aws, clone, AWS_ENDPOINT_URL=nowhere)
    assert re.match(f"AWS in {REGION} cannot be reached .*: is AWS_REGION right", told)
