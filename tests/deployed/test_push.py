"""infra/push.json is enough to push, and nothing in it is too much.

IAM is enforced by ECR's API, and by the registry as ECR's documentation says: that AWS's registry
asks for exactly these grants is not shown. See tests/images/registry.py.
"""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from tests.cloud import Cloud, cloud
from tests.engines import REGION, ROOT
from tests.image.registry import DEV
from tests.images.store import Store
from tools.aws import Account
from tools.image.build import Image
from tools.image.podman import Buildah
from tools.image.push import push
from tools.image.repository import Repository
from tools.refusals import Refusal

Json = dict[str, Any]
USER, NUMBER = "pusher", "000000000000"
# Of the registry's own protocol: the engine is refused, and its line says what was asked for.
OF_THE_PROTOCOL = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
}
# The emulator does not find the repository in their requests, and compares them with "*".
WITHOUT_ITS_ARN = {"ecr:DescribeRepositories", "ecr:ListTagsForResource"}
WITH_CREATION = {"ecr:TagResource"}  # of CreateRepository with tags; the emulator does not ask
TEMPLATE = json.loads((ROOT / "infra/push.json").read_text())
STATEMENTS = TEMPLATE["Resources"]["Policy"]["Properties"]["PolicyDocument"]["Statement"]


def actions(statement: Json) -> list[str]:
    asked = statement["Action"]
    return [asked] if isinstance(asked, str) else asked


ACTIONS = {action for statement in STATEMENTS for action in actions(statement)}


class Team:
    """An account, and a user in it with the policy alone."""

    def __init__(self, aws: Cloud) -> None:
        self.aws, self._iam = aws, aws.client("iam")
        formation = aws.client("cloudformation")
        values = {"App": DEV.app, "Stage": DEV.name}
        formation.create_stack(
            StackName="push",
            TemplateBody=json.dumps(TEMPLATE),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
        )
        formation.get_waiter("stack_create_complete").wait(
            StackName="push", WaiterConfig={"Delay": 1}
        )
        self.arn: str = aws.outputs("push")["Policy"]
        version = self._iam.get_policy(PolicyArn=self.arn)["Policy"]["DefaultVersionId"]
        found = self._iam.get_policy_version(PolicyArn=self.arn, VersionId=version)
        document = found["PolicyVersion"]["Document"]
        self.policy: Json = json.loads(document) if isinstance(document, str) else document
        self._iam.create_user(UserName=USER)
        key = self._iam.create_access_key(UserName=USER)["AccessKey"]
        self.credentials = {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }

    def allow(self, policy: Json) -> None:
        granted = {one for statement in policy["Statement"] for one in actions(statement)}
        alike = {"Effect": "Allow", "Action": sorted(granted & WITHOUT_ITS_ARN), "Resource": "*"}
        document = json.dumps(policy | {"Statement": [*policy["Statement"], alike]})
        self._iam.put_user_policy(UserName=USER, PolicyName="push", PolicyDocument=document)

    def without(self, action: str) -> Json:
        """The policy without an action."""
        policy: Json = json.loads(json.dumps(self.policy))
        kept = []
        for statement in policy["Statement"]:
            rest = [one for one in actions(statement) if one != action]
            kept += [statement | {"Action": rest}] if rest else []
        assert kept != policy["Statement"]
        return policy | {"Statement": kept}

    def push(self, image: Image) -> str:
        """As `make push`, of an image that was built; gives its URI."""
        account: Any = Account(NUMBER, REGION, "aws", botocore.session.Session())
        object.__setattr__(account, "client", self._client)
        repository = Repository(DEV, account, print)
        return repository.uri(push(image, repository, print))

    def forget(self) -> None:
        client = self.aws.client("ecr")
        found = client.describe_repositories()["repositories"]
        for name in [one["repositoryName"] for one in found]:
            client.delete_repository(repositoryName=name, force=True)

    def _client(self, service: str) -> Any:
        return botocore.session.Session().create_client(
            service, region_name=REGION, endpoint_url=self.aws.url, **self.credentials
        )


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with cloud(tmp_path_factory.mktemp("push") / "aws") as aws:
        yield Team(aws)


@pytest.fixture
def image(tmp_path: Path, store: Store) -> Image:
    """One small layer is enough, which the registry has not seen yet."""
    (tmp_path / "file").write_text(secrets.token_hex())
    name, reference = store.buildah("from", "scratch"), f"{DEV.repository}:abc"
    store.buildah("copy", name, str(tmp_path / "file"), "/file")
    store.buildah("commit", "--rm", name, reference)
    image_id = store.buildah("images", "--no-trunc", "-q", reference)
    return Image(reference, image_id, "abc", Buildah(), tmp_path / "sbom.json", "scratch", {}, {})


@pytest.fixture
def team(once: Team, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", once.aws.url)
    yield once
    once.forget()


def test_it_is_enough(team: Team, image: Image) -> None:
    team.allow(team.policy)
    uri = team.push(image)
    assert uri.startswith(f"{NUMBER}.dkr.ecr.{REGION}.amazonaws.com/{DEV.repository}@sha256:")
    assert team.push(image) == uri


@pytest.mark.parametrize("action", sorted(ACTIONS - OF_THE_PROTOCOL - WITH_CREATION))
def test_without_a_grant_nothing_is_pushed(team: Team, image: Image, action: str) -> None:
    team.allow(team.without(action))
    with pytest.raises(Refusal) as raised:
        team.push(image)
    assert str(raised.value) == (
        f"These credentials may not do {action} on the repository {DEV.repository}: "
        "infra/push.json is the policy that a push needs."
    )


@pytest.mark.parametrize("action", sorted(OF_THE_PROTOCOL))
def test_without_a_grant_the_registry_refuses(team: Team, image: Image, action: str) -> None:
    team.allow(team.without(action))
    with pytest.raises(Refusal) as raised:
        team.push(image)
    line = str(raised.value)
    assert "\n" not in line
    assert line.startswith(f"{team.aws.url.removeprefix('http://')} refuses the push (")
    assert line.endswith(" infra/push.json is the policy that a push needs.")


@pytest.mark.parametrize("action", sorted(WITH_CREATION))
def test_what_is_not_shown(team: Team, image: Image, action: str) -> None:
    """Once it can be, it must."""
    team.allow(team.without(action))
    team.push(image)


def test_it_is_about_one_repository(team: Team) -> None:
    arn = f"arn:aws:ecr:{REGION}:{NUMBER}:repository/{DEV.repository}"
    resources = {
        one["Action"] if one["Resource"] == "*" else one["Resource"]
        for one in team.policy["Statement"]
    }
    assert resources == {"ecr:GetAuthorizationToken", arn}
