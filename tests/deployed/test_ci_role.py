"""The role of infra/ci.json: what make needs of AWS, and CloudFormation's own part as far as the
emulator asks for it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import cloud
from tests.clone import Clone
from tests.cloud import STAGE, Cloud
from tests.engines import APP, ROOT
from tests.images.store import Store

PROVIDER = "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com"
USER = "github"


class Team:
    """A clone, and credentials that may do what the role may."""

    def __init__(self, aws: Cloud, clone: Clone) -> None:
        self.aws, self.clone = aws, clone
        self._iam = aws.client("iam")
        values = {"App": APP, "Stage": STAGE, "Subject": "repo:x/y:environment:dev"}
        formation = aws.client("cloudformation")
        formation.create_stack(
            StackName="ci",
            TemplateBody=(ROOT / "infra/ci.json").read_text(),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in (values | {"Provider": PROVIDER}).items()
            ],
        )
        formation.get_waiter("stack_create_complete").wait(
            StackName="ci", WaiterConfig={"Delay": 1}
        )
        role = f"{APP}-{STAGE}-ci"
        found = self._iam.get_role_policy(RoleName=role, PolicyName="deploy")["PolicyDocument"]
        self.policy: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
        self._iam.create_user(UserName=USER)
        self.allow(self.policy)
        key = self._iam.create_access_key(UserName=USER)["AccessKey"]
        self.credentials = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }

    def allow(self, policy: dict[str, Any]) -> None:
        # The emulator asks for ListAliases where AWS asks for GetAlias, and does not find the
        # repository in the other two requests.
        unlike = ["ecr:DescribeRepositories", "ecr:ListTagsForResource", "lambda:ListAliases"]
        alike = {"Effect": "Allow", "Action": unlike, "Resource": "*"}
        document = json.dumps(policy | {"Statement": [*policy["Statement"], alike]})
        self._iam.put_user_policy(UserName=USER, PolicyName="deploy", PolicyDocument=document)

    def without(self, action: str) -> dict[str, Any]:
        """The role's policy without an action."""
        policy: dict[str, Any] = json.loads(json.dumps(self.policy))
        for statement in policy["Statement"]:
            if isinstance(statement["Action"], list):
                statement["Action"] = [one for one in statement["Action"] if one != action]
        assert policy != self.policy, action
        return policy

    def make(self, *arguments: str, **env: str) -> str:
        env |= self.credentials
        done = cloud.run(self.aws, self.clone, *self._command(*arguments), **env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *arguments: str) -> str:
        """The line with which make refuses; make's own comes after it."""
        done = cloud.run(self.aws, self.clone, *self._command(*arguments), **self.credentials)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        line, _ = done.stderr.splitlines()
        return line

    def _command(self, *arguments: str) -> list[str]:
        target, *variables = arguments
        return ["make", "--no-print-directory", target, f"STAGE={STAGE}", *variables]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder: Path = tmp_path_factory.mktemp("ci")
    with cloud.cloud(folder / "aws") as aws:
        yield Team(aws, cloud.deployable(folder / "clone"))


def test_it_is_enough_for_the_life_of_a_stage(team: Team) -> None:
    assert "Live: version 1." in team.make("deploy", "VIA=package")
    team.clone.edit("chalicelib/home.py", "Whether this API works.", "Whether it works.")
    assert "10% of the calls to version 2" in team.make("deploy", "VIA=package", "CANARY=10")
    assert "All calls go to version 1" in team.make("rollback")
    assert "Live: version 2." in team.make("deploy", "VIA=package")
    team.allow(team.without("cloudformation:DescribeStacks"))
    assert "cloudformation:DescribeStacks" in team.refused("rollback")
    team.allow(team.policy)
    assert "version 1" in team.make("rollback")
    team.make("destroy", f"CONFIRM={APP}-{STAGE}")


def test_it_is_enough_for_the_life_of_an_image(team: Team, store: Store) -> None:
    """Pushed, deployed, tried with signatures too, rolled back."""
    team.allow(team.policy)
    image = ("VIA=image", "ENGINE=buildah")
    assert "Live: version 1." in team.make("deploy", *image, **store.environment)
    cloud.configure(team.clone, lambda_memory_size=512, parameters={"UrlAuthType": "AWS_IAM"})
    told = team.make("deploy", *image, **store.environment)
    assert "Live: version 2." in told
    assert "Health: it answers" in told
    assert "version 1" in team.make("rollback", "VIA=image")
    team.make("destroy", "VIA=image", f"CONFIRM={APP}-{STAGE}-image")


def test_it_cannot_delete_a_table_or_read_it(team: Team) -> None:
    actions: set[str] = set()
    for statement in team.policy["Statement"]:
        asked = statement["Action"]
        actions.update([asked] if isinstance(asked, str) else asked)
    assert "dynamodb:CreateTable" in actions
    assert not {action for action in actions if "*" in action}
    assert not actions & {"dynamodb:DeleteTable", "dynamodb:GetItem", "dynamodb:Scan"}
