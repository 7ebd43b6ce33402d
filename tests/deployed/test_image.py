"""`make deploy VIA=image`, end to end: pushed, pulled by its digest, and run with IAM enforced."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.cloud import STACK, STAGE, cloud, configure, deployable
from tests.deployed.image import REPOSITORY, Image
from tests.deployed.package import printed
from tests.images.store import Store

ORIGIN = "http://localhost:5173"
REGISTRY = "000000000000.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory, store: Store) -> Iterator[Image]:
    """A stage that its tests leave serving what app.py says."""
    folder = tmp_path_factory.mktemp("image")
    clone = deployable(folder / "clone")
    configure(clone, parameters={"AlarmErrors": 7})
    with cloud(folder / "aws") as aws:
        image = Image(aws, clone, store)
        image.deploy()
        yield image


@contextmanager
def configured(image: Image, **keys: Any) -> Iterator[None]:
    """Settings of the stage that are taken back, and deployed so."""
    before = image.clone.text(".chalice/config.json")
    configure(image.clone, **keys)
    try:
        yield
    finally:
        image.clone.write(".chalice/config.json", before)
        image.deploy()


def test_what_is_there(image: Image) -> None:
    aws, outputs = image.aws, image.outputs
    ((digest, tags),) = image.images().items()
    assert min(tags) == f"deployed-{digest[7:19]}"
    assert image.code() == f"{REGISTRY}/{REPOSITORY}@{digest}"
    served = image.served()
    assert served["PackageType"] == "Image"
    assert served["LoggingConfig"]["LogGroup"] == outputs["LogGroup"] == f"/api/{STACK}-image"
    assert (served["MemorySize"], served["Timeout"]) == (1024, 29)
    alarms = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {alarm["MetricName"]: alarm["Threshold"] for alarm in alarms} == {
        "Url5xxCount": 7,
        "DynamoDBErrors": 7,
        "UrlRequestLatency": 3000,
        "Throttles": 1,
    }


@pytest.mark.users
def test_the_url_calls_the_alias_and_adds_no_cors(image: Image) -> None:
    client = image.aws.client("lambda")
    (config,) = client.list_function_url_configs(FunctionName=image.function)["FunctionUrlConfigs"]
    assert (config["AuthType"], "Cors" in config) == ("NONE", False)
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    preflight = image.send("OPTIONS", "/users", headers=asked)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (
        204,
        ORIGIN,
    )
    answer = image.send("GET", "/users", headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_the_same_source_changes_nothing(image: Image) -> None:
    before, images = image.state(), image.images()
    told = image.deploy()
    assert "is in the repository already." in told
    assert told.count("Nothing has changed.") == 2
    assert told.splitlines()[-1].startswith(f"{image.aws.url}/_aws/lambda-url/")
    assert (image.state(), image.images()) == (before, images)


def test_another_source_and_back(image: Image) -> None:
    first = image.state().version
    with image.changed("app.py", '"told": "first"', '"told": "second"'):
        image.deploy()
        second = image.state()
        assert (second.told, second.version != first) == ("second", True)
        assert len(image.images()) == 2
        assert "From version" in image.make("rollback")
        assert image.state().told == "first"
        assert image.state().version == first
        image.deploy()
        assert image.state().version == second.version
    image.deploy()
    assert image.told() == "first"


def test_a_canary(image: Image) -> None:
    before = image.state()
    with image.changed("app.py", '"told": "first"', '"told": "canary"'):
        told = image.deploy("--canary", "10")
    assert "10% of the calls to version" in told
    assert "by itself, then http://" in told
    weights = image.live()["RoutingConfig"]["AdditionalVersionWeights"]
    assert ([*weights.values()], image.live()["FunctionVersion"]) == ([0.1], before.version)
    assert "The canary has ended" in image.make("rollback")
    image.deploy()
    assert image.told() == "first"


def test_a_version_that_does_not_start_is_taken_back(image: Image) -> None:
    before = image.state()
    with image.changed("app.py", "complete(app)", "complete(app)\nraise OSError"):
        # Where Chalice reads the app it may be imported; on Lambda it is another environment.
        only_there = 'import os\nif "AWS_LAMBDA_RUNTIME_API" in os.environ:\n    raise OSError'
        image.clone.edit("app.py", "raise OSError", only_there)
        line = image.fail()
    assert line.startswith("Deployed, and not well: GET /health has no answer (")
    assert line.endswith(f"Live again: version {before.version}.")
    assert image.told() == "first"
    image.deploy()


def test_ctrl_c_between_the_push_and_the_stack(image: Image) -> None:
    before = image.state()
    with image.changed("app.py", '"told": "first"', '"told": "pushed"'):
        process = image.start()
        printed(process, "  Pushing ")
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
        assert error == "Stopped. The same command may be given again.\n"
        assert image.state() == before
        image.deploy()
        assert image.told() == "pushed"
    image.deploy()
    assert image.told() == "first"


def test_signed_requests_alone(image: Image) -> None:
    """The try signs with the credentials that deploy."""
    with configured(image, parameters={"UrlAuthType": "AWS_IAM"}):
        told = image.deploy()
        assert "Health: it answers" in told
        assert "Browsers may call" not in told
        assert image.send("GET", "/told").status_code == 403
    assert image.send("GET", "/told").status_code == 200


def test_a_repository_that_was_deleted(image: Image) -> None:
    """The next deployment makes it again, with the image that is live."""
    before = image.state()
    image.aws.client("ecr").delete_repository(repositoryName=REPOSITORY, force=True)
    told = image.deploy()
    assert f"Making the repository {REPOSITORY}." in told
    assert image.state() == before
    assert [*image.images()] == [image.code().partition("@")[2]]


def test_a_repository_of_somebody_else(image: Image) -> None:
    client = image.aws.client("ecr")
    arn = client.describe_repositories(repositoryNames=[REPOSITORY])["repositories"][0][
        "repositoryArn"
    ]
    client.tag_resource(resourceArn=arn, tags=[{"Key": "App", "Value": "another"}])
    try:
        assert f"There is a repository {REPOSITORY} that stage {STAGE} of " in image.fail()
    finally:
        client.tag_resource(resourceArn=arn, tags=[{"Key": "App", "Value": STACK[:-4]}])


def test_it_goes_and_tables_and_images_stay(image: Image) -> None:
    images = image.images()
    told = image.make("destroy", f"CONFIRM={STACK}-image").splitlines()
    assert f"aws ecr delete-repository --force --repository-name {REPOSITORY} " in told[-1]
    assert told[-2].startswith("The API of VIA=image is gone: http://")
    formation = image.aws.client("cloudformation")
    stacks = [one["StackName"] for one in formation.describe_stacks()["Stacks"]]
    assert stacks == [f"{STACK}-data"]
    assert image.images() == images
    image.deploy()
    assert image.told() == "first"
