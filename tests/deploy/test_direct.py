"""What `chalice deploy` is told before it runs, and what it says; nothing here runs it."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from tests.targets import fresh
from tools import stages
from tools.aws import Account
from tools.deploy import deployed, direct, payload
from tools.refusals import Refusal
from tools.stages import Stage

STAGE = stages.read("dev")
ARN = f"arn:aws:lambda:us-east-1:123456789012:function:{STAGE.function}"
TAG = f"version=1.34.0:stage=dev:app={STAGE.app}"


class Made:
    """An account, and what Chalice could have made in it."""

    def __init__(self, root: Path) -> None:
        session = Session()
        session.set_credentials("test", "test")
        self.account = Account("123456789012", "us-east-1", "aws", session)
        self.root = root

    def current(self, stage: Stage = STAGE) -> dict[str, deployed.Resource]:
        found = deployed.current(stage, self.account, self.root)
        return {resource["name"]: resource for resource in found}

    def refused(self) -> str:
        with pytest.raises(Refusal) as raised:
            self.current()
        return str(raised.value)

    def role(self) -> str:
        trust = {"Version": "2012-10-17", "Statement": []}
        made: Any = self.account.client("iam").create_role(
            RoleName=deployed.role(STAGE), AssumeRolePolicyDocument=json.dumps(trust)
        )
        return str(made["Role"]["Arn"])

    def function(self, handler: str = "app.app", **tags: str) -> None:
        client = self.account.client("lambda")
        layer = client.publish_layer_version(
            LayerName=f"{STAGE.function}-managed-layer", Content={"ZipFile": a_zip()}
        )
        client.create_function(
            FunctionName=STAGE.function,
            Runtime="python3.11",
            Role=self.role(),
            Handler=handler,
            Code={"ZipFile": a_zip()},
            Layers=[layer["LayerVersionArn"]],
            Tags={name.replace("_", "-"): value for name, value in tags.items()},
        )

    def api(self, name: str = STAGE.app, arn: str = ARN) -> str:
        """An API that calls a function; gives its id."""
        client = self.account.client("apigateway")
        api: str = client.create_rest_api(name=name)["id"]
        root = client.get_resources(restApiId=api)["items"][0]["id"]
        method = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
        client.put_method(**method, authorizationType="NONE")
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
        client.put_integration(**method, type="AWS_PROXY", uri=uri, integrationHttpMethod="POST")
        return api

    def file(self, *resources: deployed.Resource) -> None:
        deployed.write(STAGE, [*resources], self.root)


def a_zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("app.py", "")
    return data.getvalue()


def api(id: str) -> deployed.Resource:
    return {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": id}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    with fresh():
        yield Made(tmp_path)


def test_finds_nothing_where_there_is_nothing(made: Made) -> None:
    assert made.current() == {}


def test_finds_in_the_account_what_chalice_would_have_written(made: Made) -> None:
    """Another clone, or a deployment that was interrupted: there is no file."""
    made.function(aws_chalice=TAG)
    made.api("another", "arn:aws:lambda:us-east-1:123456789012:function:another")
    made.api(arn=f"{ARN[: -len('dev')]}prod")
    own = made.api()
    found = made.current()
    assert [*found] == ["api_handler_role", "managed-layer", "api_handler", "rest_api"]
    assert found["rest_api"] == api(own)
    assert found["api_handler"]["lambda_arn"] == ARN
    assert found["managed-layer"]["layer_version_arn"].endswith(f"{STAGE.function}-managed-layer:1")
    assert found["api_handler_role"]["role_name"] == f"{STAGE.function}-api_handler"


def test_finds_what_a_deployment_made_before_it_was_interrupted(made: Made) -> None:
    made.role()
    assert [*made.current()] == ["api_handler_role"]


def test_believes_the_account_more_than_the_file(made: Made) -> None:
    """Somebody deleted the API by hand; events are known to the file alone."""
    rule = {"name": "daily", "resource_type": "cloudwatch_event", "rule_name": "daily"}
    made.file(api("gone"), rule)
    assert made.current() == {"daily": rule}


def test_refuses_to_choose_between_apis(made: Made) -> None:
    ids = {made.api(), made.api()}
    assert all(one in made.refused() for one in ids)
    for one in ids:
        made.file(api(one))
        assert made.current() == {"rest_api": api(one)}


@pytest.mark.parametrize(
    "how",
    [
        lambda made: made.function(handler="index.handler"),
        lambda made: made.function(),
        lambda made: made.function(team="billing"),
        lambda made: made.function(aws_chalice="version=1.34.0:stage=dev:app=another"),
    ],
)
def test_leaves_functions_of_others_alone(made: Made, how: Callable[[Made], None]) -> None:
    """Chalice alone would replace their code."""
    how(made)
    assert made.refused().startswith(
        f"There is a function {STAGE.function} in us-east-1 that this app did not make: "
    )


@pytest.mark.parametrize("place", ["eu-west-1:123456789012", "us-east-1:210987654321"])
def test_refuses_another_place_than_the_last(made: Made, place: str) -> None:
    there = f"arn:aws:lambda:{place}:function:{STAGE.function}"
    kind = {"name": "api_handler", "resource_type": "lambda_function", "lambda_arn": there}
    made.file(kind)
    assert made.refused().startswith(
        f"Stage dev is deployed to {' of account '.join(place.split(':'))} "
        "(.chalice/deployed/dev.json), and this is us-east-1 of account 123456789012: "
    )


def test_leaves_out_what_another_stages_file_tells(made: Made) -> None:
    """Deleting this stage must not delete that one's, nor may a deployment replace its API."""
    there = f"{ARN[: -len('dev')]}prod"
    other = {"name": "worker", "resource_type": "lambda_function", "lambda_arn": f"{there}-worker"}
    own = {"name": "mine", "resource_type": "lambda_function", "lambda_arn": f"{ARN}-mine"}
    made.file(api(made.api(arn=there)), other, own)
    assert made.current() == {"mine": own}


def test_takes_no_role_that_may_do_more(made: Made) -> None:
    made.role()
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    made.account.client("iam").put_role_policy(
        RoleName=deployed.role(STAGE),
        PolicyName="theirs",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )
    assert "a policy that this app did not make (theirs): take it away" in made.refused()


@pytest.mark.parametrize(
    "text", ['{"resources": "abc"}', '{"resources": [1]}', '{"resources": [{}]}', '{"a": 1}', "[]"]
)
def test_a_file_of_another_shape_tells_nothing(made: Made, text: str) -> None:
    made.file(api("any"))
    deployed.path(STAGE, made.root).write_text(text)
    assert made.current() == {}


def narrowed(made: Made, region: str) -> None:
    """The role, with the policy that a deployment to that region gives it."""
    made.role()
    log = f"arn:aws:logs:{region}:123456789012:log-group:/aws/lambda/{STAGE.function}:*"
    allowed = {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": [log]}
    made.account.client("iam").put_role_policy(
        RoleName=deployed.role(STAGE),
        PolicyName=deployed.role(STAGE),
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )


def test_leaves_the_role_of_another_region_alone(made: Made) -> None:
    """Roles are the same in every region. Its policy tells where it serves."""
    narrowed(made, "eu-west-1")
    assert made.current() == {}  # or `make destroy` would take it away there
    with pytest.raises(Refusal, match=r"serves stage dev in eu-west-1, .*: add VIA=package "):
        deployed.check_role(STAGE, made.account)


def test_takes_the_role_of_this_region(made: Made) -> None:
    deployed.check_role(STAGE, made.account)
    narrowed(made, "us-east-1")
    deployed.check_role(STAGE, made.account)
    assert [*made.current()] == ["api_handler_role"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_needs_no_file_that_can_be_read(made: Made, text: str) -> None:
    made.file(api("x"))
    deployed.path(STAGE, made.root).write_text(text)
    assert made.current() == {}


def test_makes_the_log_group_with_its_retention(made: Made) -> None:
    for days in (14, 30):
        direct.keep_log(STAGE, made.account, days)
        client = made.account.client("logs")
        (group,) = client.describe_log_groups()["logGroups"]
        assert group["logGroupName"] == f"/aws/lambda/{STAGE.function}"
        assert group["retentionInDays"] == days


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Creating deployment package.\n", ""),
        ("Creating shared layer deployment package.\n", ""),
        ("Creating lambda layer: a-managed-layer\n", "  Creating the layer a-managed-layer."),
        ("Updating policy for IAM role: a\n", "  Updating the policy of the role a."),
        ("Creating Rest API\n", "  Creating the API."),
        ("Deleting Rest API: x1\n", "  Deleting the API x1."),
        ("Resources deployed:\n", ""),
        ("  - Rest API URL: https://x1/api/\n", ""),
        ("\n", ""),
        ("Something of a later Chalice\n", "  Something of a later Chalice"),
    ],
)
def test_shows_what_chalice_does(said: str, told: str) -> None:
    assert direct.progress(said) == told


def failure(code: str, operation: str, message: str) -> str:
    """What Chalice writes of what AWS answers: twice, the second time wrapped."""
    said = f"An error occurred ({code}) when calling the {operation} operation{message}"
    wrapped = said.replace(" when ", "\n when ")
    return (
        f"Traceback\nbotocore.exceptions.ClientError: {said}\n\nDuring handling of the above:\n"
        "Traceback\nchalice.deploy.deployer.ChaliceDeploymentError: ERROR - While deploying your "
        f"chalice application, received the following error:\n\n {wrapped}\n\n\n"
    )


DENIED = "These credentials may not do all that a deployment does"
OTHER = "Another deployment of this stage seems to run"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            failure("AccessDenied", "CreateRole", ": User x is not authorized to\n perform: it"),
            f"{DENIED}: User x is not authorized to perform: it.",
        ),
        (
            failure("ResourceConflictException", "UpdateFunctionCode", ": In progress."),
            f"{OTHER} (UpdateFunctionCode: In progress): try later.",
        ),
        (
            failure("TooManyRequestsException", "PutRestApi", " (reached max retries: 9): Slow"),
            f"{OTHER} (PutRestApi: Slow): try later.",
        ),
        (
            failure("InvalidParameterValueException", "CreateFunction", ": Unzipped size"),
            "AWS refused CreateFunction: Unzipped size.",
        ),
        (
            "Traceback\nRuntimeError: Unable to import your app.\n",
            "chalice deploy failed: RuntimeError: Unable to import your app (all of it: {log}).",
        ),
        ("", "chalice deploy failed: it does not say why (all of it: {log})."),
    ],
)
def test_says_in_a_line_why_chalice_could_not(text: str, line: str, tmp_path: Path) -> None:
    log = tmp_path / "chalice.log"
    log.write_text(text)
    assert direct.line("deploy", log) == line.format(log=log)


FAKE = """
import json, pathlib, signal, sys, time
file = pathlib.Path(".chalice/deployed/dev.json")
before = json.loads(file.read_text())["resources"] if file.exists() else []
file.write_text(json.dumps({"resources": [*before, {"name": "made by " + sys.argv[1]}]}))
"""
SAYS = "print('Creating Rest API')"


class Chalice:
    """In place of `chalice deploy`: writes the file, and then does what a test wants."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root, self.patch = root / "clone", patch
        self.source = root / "copy"
        self.said: list[str] = []
        self.source.mkdir()

    def run(self, then: str, show: Callable[[str], None] | None = None) -> None:
        self.patch.setattr(payload, "CHALICE", FAKE + then)
        account = Account("123456789012", "us-east-1", "aws", Session())
        direct._run("deploy", STAGE, account, self.source, show or self.said.append, self.root)

    def made(self) -> list[Any]:
        return [resource["name"] for resource in deployed.read(STAGE, self.root)]


@pytest.fixture
def chalice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chalice:
    return Chalice(tmp_path, monkeypatch)


def test_takes_the_file_there_and_back(chalice: Chalice) -> None:
    chalice.run(SAYS)
    chalice.run(SAYS)
    assert chalice.made() == ["made by deploy"] * 2
    assert chalice.said == ["  Creating the API."] * 2


def test_keeps_the_file_where_chalice_fails(chalice: Chalice) -> None:
    with pytest.raises(Refusal, match=r"^chalice deploy failed: ValueError: no \(all of it: "):
        chalice.run("raise ValueError('no')")
    assert chalice.made() == ["made by deploy"]


def test_keeps_the_file_on_ctrl_c_and_waits_for_chalice(chalice: Chalice, tmp_path: Path) -> None:
    def ctrl_c(_: str) -> None:
        raise KeyboardInterrupt

    ended = tmp_path / "ended"
    then = f"try:\n    {SAYS}\n    time.sleep(60)\nexcept KeyboardInterrupt:\n"
    with pytest.raises(KeyboardInterrupt):
        chalice.run(f"{then}    pathlib.Path({str(ended)!r}).touch()", ctrl_c)
    assert chalice.made() == ["made by deploy"]
    assert ended.exists()


def test_chalice_asks_aws_often_enough(chalice: Chalice, monkeypatch: pytest.MonkeyPatch) -> None:
    """API Gateway takes one deployment in five seconds. And it does not look at AWS_REGION."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    names = ["AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS", "AWS_DEFAULT_REGION", "AWS_PROFILE"]
    quiet = ["PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"]
    chalice.run(f"import os; print(*[os.environ[name] for name in {names + quiet}])")
    assert chalice.said == ["  standard 10 us-east-1 mine 1 1"]
