"""What of the container path the emulator does not do: asked of it, and told by pytest at the end.

Each step is tried as AWS documents it. One that the emulator leaves out is no failure: it stands
in LEFT_OUT, and in pytest's summary, so that nobody takes a green run for a proof of it.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud import cloud
from tests.images.plugin import NOT_EXECUTED
from tests.images.store import Store
from tests.images.test_functions import Team

MANIFEST = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
KEEP_ONE = {
    "rulePriority": 1,
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
    "action": {"type": "expire"},
}


@pytest.fixture(scope="module")
def team(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("emulated")
    with cloud(folder / "aws") as aws:
        team = Team(aws, store, folder)
        team.create("function", team.push("image"))
        yield team


def scans(team: Team) -> bool:
    """Scan on push."""
    team.ecr.create_repository(
        repositoryName="scanned", imageScanningConfiguration={"scanOnPush": True}
    )
    put(team, "scanned", "1")
    (image,) = team.ecr.describe_images(repositoryName="scanned")["imageDetails"]
    return "imageScanStatus" in image


def expires(team: Team) -> bool:
    """Expiry by the repository's lifecycle policy."""
    team.ecr.create_repository(repositoryName="expiring")
    policy = json.dumps({"rules": [KEEP_ONE]})
    team.ecr.put_lifecycle_policy(repositoryName="expiring", lifecyclePolicyText=policy)
    put(team, "expiring", "1")
    put(team, "expiring", "2")
    return answer(team.ecr.start_lifecycle_policy_preview, repositoryName="expiring") == ""


def answer(operation: Callable[..., Any], **arguments: Any) -> str:
    """The code of the error, "" where there is none."""
    try:
        operation(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def put(team: Team, repository: str, tag: str) -> None:
    manifest = json.dumps(MANIFEST | {"annotations": {"tag": tag}})
    team.ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=tag)


def looks(team: Team) -> bool:
    """Lambda's look at an image when a function is made of it."""
    uri = f"000000000000.dkr.ecr.us-east-1.amazonaws.com/handlers@sha256:{'0' * 64}"
    return answer(team.create, name="unseen", uri=uri) == "InvalidParameterValueException"


def reserves(team: Team) -> bool:
    """Reserved concurrency."""
    properties = {
        "FunctionName": "reserved",
        "PackageType": "Image",
        "Code": {"ImageUri": code(team)},
        "Role": team.role["Arn"],
        "ReservedConcurrentExecutions": 1,
    }
    function = {"Type": "AWS::Lambda::Function", "Properties": properties}
    formation = team.aws.client("cloudformation")
    formation.create_stack(
        StackName="reserved", TemplateBody=json.dumps({"Resources": {"Function": function}})
    )
    formation.get_waiter("stack_create_complete").wait(
        StackName="reserved", WaiterConfig={"Delay": 0.1}
    )
    assert team.call("reserved")["image"] == "image"
    told = team.functions.get_function_concurrency(FunctionName="reserved")
    return told.get("ReservedConcurrentExecutions") == 1 and throttles(team, "reserved")


def code(team: Team) -> str:
    """The image that the function has."""
    uri: str = team.functions.get_function(FunctionName="function")["Code"]["ImageUri"]
    return uri


def throttles(team: Team, name: str) -> bool:
    """Whether another call is refused while there is one."""
    slow = threading.Thread(target=team.call, args=(name, {"sleep": 2}))
    slow.start()
    codes = set()
    while slow.is_alive() and "TooManyRequestsException" not in codes:
        codes.add(answer(team.call, name=name))
    slow.join()
    return "TooManyRequestsException" in codes


def provides(team: Team) -> bool:
    """Provisioned concurrency: environments that are started before a call."""
    name = {"FunctionName": "function"}
    version = team.functions.publish_version(**name)["Version"]
    qualified = {**name, "Qualifier": version}
    made = team.functions.put_provisioned_concurrency_config(
        **qualified, ProvisionedConcurrentExecutions=1
    )
    while made["Status"] == "IN_PROGRESS":
        made = team.functions.get_provisioned_concurrency_config(**qualified)
    ready = time.time()
    return bool(team.call("function", qualifier=version)["begun"] < ready)


def weighs(team: Team) -> bool:
    """A canary: a version that gets a part of an alias's calls."""
    name = {"FunctionName": "function"}
    first = team.functions.publish_version(**name)["Version"]
    team.functions.update_function_configuration(**name, Description="another")
    second = team.functions.publish_version(**name)["Version"]
    assert first != second
    weights = {"AdditionalVersionWeights": {second: 0.5}}
    team.functions.create_alias(**name, Name="live", FunctionVersion=first, RoutingConfig=weights)
    told = [team.call("function", qualifier="live") for _ in range(20)]
    return len({each["AWS_LAMBDA_FUNCTION_VERSION"] for each in told}) == 2


def measures(team: Team) -> bool:
    """The metrics of a function URL, of which alarms are made."""
    metrics = team.aws.client("cloudwatch")
    assert team.aws.session().get(function_url(team)).status_code == 200
    found = metrics.list_metrics(Namespace="AWS/Lambda")["Metrics"]
    return "UrlRequestCount" in {metric["MetricName"] for metric in found}


def function_url(team: Team) -> str:
    name = {"FunctionName": "function"}
    made = team.functions.create_function_url_config(**name, AuthType="NONE")
    anybody = {**name, "Principal": "*"}
    team.functions.add_permission(
        **anybody, StatementId="url", Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE"
    )
    team.functions.add_permission(
        **anybody, StatementId="call", Action="lambda:InvokeFunction", InvokedViaFunctionUrl=True
    )
    host = made["FunctionUrl"].partition("://")[2].partition(".on.aws")[0]
    return f"http://{host}.localhost"


def alarms(team: Team) -> bool:
    """An alarm that goes off."""
    metrics = team.aws.client("cloudwatch")
    where: dict[str, Any] = {"Namespace": "tests", "MetricName": "Errors"}
    metrics.put_metric_alarm(
        AlarmName="errors",
        **where,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    metrics.put_metric_data(Namespace="tests", MetricData=[{"MetricName": "Errors", "Value": 5.0}])
    deadline = time.monotonic() + 5
    state = ""
    while state != "ALARM" and time.monotonic() < deadline:
        time.sleep(0.25)
        (alarm,) = metrics.describe_alarms(AlarmNames=["errors"])["MetricAlarms"]
        state = alarm["StateValue"]
    return state == "ALARM"


STEPS: list[Callable[[Team], bool]] = [
    *(scans, expires, looks, reserves, provides, weighs, measures, alarms),
]
# Let one go as soon as the emulator has learned it.
LEFT_OUT = {scans, expires, looks, reserves, provides, weighs, measures}


@pytest.mark.parametrize("step", STEPS, ids=[step.__name__ for step in STEPS])
def test_a_step(
    team: Team, step: Callable[[Team], bool], record_property: Callable[[str, object], None]
) -> None:
    executed = step(team)
    if not executed:
        record_property(NOT_EXECUTED, (step.__doc__ or "").rstrip("."))
    assert executed == (step not in LEFT_OUT)
