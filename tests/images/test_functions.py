"""ministack's functions of PackageType Image: pulled by digest, with credentials, and run."""

import json
import urllib.error
import urllib.request
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest

from tests.cloud import Cloud, cloud
from tests.engines import REGION
from tests.images.store import Store, base_name

HANDLERS = """
import os, time

BEGUN = time.time()

def told(event, context):
    time.sleep(float(event.get("sleep", 0)))
    names = ("WORD", "AWS_SESSION_TOKEN", "AWS_LAMBDA_FUNCTION_NAME")
    names += ("AWS_LAMBDA_FUNCTION_VERSION",)
    # Of one environment: process ids are the same in all of them.
    with open("/tmp/mine", "a+") as file:
        file.seek(0)
        mine = file.read() or file.write(context.aws_request_id) and context.aws_request_id
    told = {"mine": mine, "image": IMAGE, "arn": context.invoked_function_arn, "begun": BEGUN}
    return told | {name: os.environ.get(name) for name in names}

def fail(event, context):
    raise ValueError("not today")
"""
ROLE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
FUNCTIONS = f"arn:aws:lambda:{REGION}:000000000000:function"
PULLED_BY_LAMBDA: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Condition": {"StringLike": {"aws:sourceArn": f"{FUNCTIONS}:*"}},
        }
    ],
}


class Team:
    """Who pushes images to a repository, and makes functions of them."""

    def __init__(self, aws: Cloud, store: Store, folder: Path) -> None:
        self.aws, self.store, self.folder = aws, store, folder
        self.ecr, self.functions = aws.client("ecr"), aws.client("lambda")
        self.ecr.create_repository(repositoryName="handlers")
        self.ecr.set_repository_policy(
            repositoryName="handlers", policyText=json.dumps(PULLED_BY_LAMBDA)
        )
        iam = aws.client("iam")
        self.role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(ROLE))["Role"]

    @property
    def place(self) -> str:
        return urlsplit(self.aws.url).netloc

    def credentials(self) -> str:
        (given,) = self.ecr.get_authorization_token()["authorizationData"]
        return b64decode(given["authorizationToken"]).decode()

    def push(self, word: str, credentials: str | None = None) -> str:
        """Build an image that says `word`; gives its URI by digest."""
        context = self.folder / word
        context.mkdir()
        (context / "handlers.py").write_text(f"IMAGE = {word!r}\n{HANDLERS}")
        (context / "Dockerfile").write_text(
            f'FROM {base_name()}\nCOPY handlers.py /var/task/\nCMD ["handlers.told"]\n'
        )
        self.store.buildah("bud", "--tag", f"handlers:{word}", str(context))
        own = self.credentials() if credentials is None else credentials
        options = ["--tls-verify=false", "--creds", own, "--digestfile", str(context / "digest")]
        to = f"docker://{self.place}/handlers:{word}"
        self.store.buildah("push", *options, f"handlers:{word}", to)
        digest = (context / "digest").read_text()
        return f"000000000000.dkr.ecr.us-east-1.amazonaws.com/handlers@{digest}"

    def create(self, name: str, uri: str, **settings: Any) -> None:
        self.functions.create_function(
            FunctionName=name,
            PackageType="Image",
            Code={"ImageUri": uri},
            Role=self.role["Arn"],
            Environment={"Variables": {"WORD": "first"}},
            **settings,
        )

    def call(self, name: str, event: object = None, qualifier: str = "$LATEST") -> Any:
        answer = self.functions.invoke(
            FunctionName=name, Qualifier=qualifier, Payload=json.dumps(event or {})
        )
        told = json.loads(answer["Payload"].read())
        return {"error": told} if "FunctionError" in answer else told


@pytest.fixture(scope="module")
def team(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("functions")
    with cloud(folder / "aws") as aws:
        yield Team(aws, store, folder)


@pytest.fixture(scope="module")
def uri(team: Team) -> str:
    return team.push("one")


def test_a_function_is_its_image_with_its_variables_and_its_role(team: Team, uri: str) -> None:
    team.create("whole", uri)
    told = team.call("whole")
    assert (told["image"], told["WORD"], told["AWS_LAMBDA_FUNCTION_NAME"]) == (
        "one",
        "first",
        "whole",
    )
    assert told["arn"].endswith(":function:whole:$LATEST")
    assert told["AWS_SESSION_TOKEN"]
    assert team.call("whole")["mine"] == told["mine"]  # the same environment


def test_another_setting_gets_another_environment_and_a_version_keeps_its_own(
    team: Team, uri: str
) -> None:
    team.create("settings", uri)
    version = team.functions.publish_version(FunctionName="settings")["Version"]
    before = team.call("settings", qualifier=version)
    team.functions.update_function_configuration(
        FunctionName="settings", Environment={"Variables": {"WORD": "second"}}
    )
    assert team.call("settings")["WORD"] == "second"
    assert team.call("settings", qualifier=version) == before
    assert before["AWS_LAMBDA_FUNCTION_VERSION"] == version


def test_another_image_gets_another_environment(team: Team, uri: str) -> None:
    team.create("code", uri)
    assert team.call("code")["image"] == "one"
    team.functions.update_function_code(FunctionName="code", ImageUri=team.push("two"))
    assert team.call("code")["image"] == "two"


def test_a_function_that_fails_or_is_slow(team: Team, uri: str) -> None:
    team.create("fails", uri, ImageConfig={"Command": ["handlers.fail"]})
    assert team.call("fails")["error"]["errorType"] == "ValueError"
    team.create("slow", uri, Timeout=1)
    assert (
        "timed out after 1.00 seconds" in team.call("slow", {"sleep": 30})["error"]["errorMessage"]
    )
    assert team.call("slow")["image"] == "one"


@pytest.mark.parametrize("credentials", ["AWS:wrong", "else:wrong"])
def test_the_registry_asks_for_credentials(team: Team, uri: str, credentials: str) -> None:
    """As ECR does: with a challenge that clients know."""
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(f"{team.aws.url}/v2/")
    assert raised.value.code == 401
    assert raised.value.headers["WWW-Authenticate"].startswith("Basic realm=")
    raised.value.close()
    with pytest.raises(RuntimeError, match=r"authentication required|unauthorized"):
        team.push(f"refused-{len(credentials)}", credentials)


def test_without_the_repositorys_policy_lambda_cannot_pull(team: Team, uri: str) -> None:
    team.ecr.delete_repository_policy(repositoryName="handlers")
    try:
        team.create("unseen", team.push("three"))
        assert team.call("unseen")["error"]["errorType"] == "ImageAccessDenied"
    finally:
        team.ecr.set_repository_policy(
            repositoryName="handlers", policyText=json.dumps(PULLED_BY_LAMBDA)
        )
    assert team.call("unseen")["image"] == "three"


CONDITIONS = [
    {"StringLike": {"aws:sourceArn": f"{FUNCTIONS}:other-*"}},
    {"StringLike": {"aws:sourceArn": [f"{FUNCTIONS}:held[0]", f"{FUNCTIONS}:hel?"]}},
    {"StringLike": {"aws:sourceArn": f"{FUNCTIONS}:*", "aws:sourceAccount": "0*"}},
    {"ArnLike": {"aws:sourceArn": f"{FUNCTIONS}:*"}},  # which nobody here evaluates
]


def test_a_policy_whose_condition_does_not_hold_lets_lambda_pull_nothing(
    team: Team, uri: str
) -> None:
    own = team.push("five")  # an image that was pulled once is not asked for again
    (statement,) = PULLED_BY_LAMBDA["Statement"]
    team.create("held0", own)
    for condition in CONDITIONS:
        document = PULLED_BY_LAMBDA | {"Statement": [statement | {"Condition": condition}]}
        team.ecr.set_repository_policy(repositoryName="handlers", policyText=json.dumps(document))
        try:
            told = team.call("held0")
        finally:
            team.ecr.set_repository_policy(
                repositoryName="handlers", policyText=json.dumps(PULLED_BY_LAMBDA)
            )
        assert told.get("error", {}).get("errorType") == "ImageAccessDenied", condition
    assert team.call("held0")["image"] == "five"


def test_a_push_needs_the_grants_of_ecr(team: Team, uri: str) -> None:
    iam = team.aws.client("iam")
    iam.create_user(UserName="reader")
    allowed = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
    iam.put_user_policy(
        UserName="reader",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    team.ecr = client(team.aws, key)
    try:
        with pytest.raises(RuntimeError, match=r"403 \(Forbidden\)"):
            team.push("four")
    finally:
        team.ecr = team.aws.client("ecr")


def client(aws: Cloud, key: dict[str, str]) -> Any:
    return botocore.session.Session().create_client(
        "ecr",
        region_name=REGION,
        endpoint_url=aws.url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
