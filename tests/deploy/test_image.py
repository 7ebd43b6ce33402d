"""The template of VIA=image: the same function as that of VIA=package, from an image."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.session import get_session

from tests.clone import Clone
from tests.cloud import configure
from tests.deploy.formation import Formation
from tests.engines import ROOT
from tools import stages
from tools.aws import Account
from tools.cloudformation import parameters
from tools.deploy import image, payload, template
from tools.deploy.image import Image
from tools.image import build
from tools.refusals import Refusal

DEV = stages.read("dev")
API = parameters.read(ROOT / "infra/api.json")
IMAGE = parameters.read(ROOT / "infra/image.json")
URI = f"1.dkr.ecr.us-east-1.amazonaws.com/users-api-dev@sha256:{'1' * 64}"
URL = "https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws"
SETTINGS = {
    "lambda_memory_size": 512,
    "lambda_timeout": 7,
    "lambda_architecture": "arm64",
    "tags": {"team": "a"},
    "xray": True,
    "reserved_concurrency": 3,
    "subnet_ids": ["subnet-1"],
    "security_group_ids": ["sg-1"],
}


def described(folder: Path, **settings: Any) -> template.Template:
    """What Chalice says of stage dev with these settings."""
    clone = Clone(folder / "clone", whole=True)
    configure(clone, **settings)
    return parameters.read(payload.described(DEV, clone.folder, folder / "build"))


@pytest.fixture(scope="module")
def sam(tmp_path_factory: pytest.TempPathFactory) -> template.Template:
    return described(tmp_path_factory.mktemp("sam"), **SETTINGS)


def made(sam: template.Template, uri: str = URI) -> dict[str, Any]:
    resources: dict[str, Any] = image.of(sam, IMAGE, uri)["Resources"]
    return resources


def properties(resources: dict[str, Any], name: str = template.HANDLER) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]
    return found


def test_the_function_is_that_of_a_package(sam: template.Template) -> None:
    """But for what a zip has, and for the words of AWS::Serverless."""
    package = template.of(sam, API, code="s3://a/b", layer="s3://a/c")["Resources"]
    zipped, packed = properties(package), properties(made(sam))
    own = {"CodeUri", "Handler", "Layers", "Runtime", "Tags", "Tracing"}
    of_images = {"Code", "PackageType", "Tags", "TracingConfig"}
    assert {k: v for k, v in zipped.items() if k not in own} == {
        k: v for k, v in packed.items() if k not in of_images
    }
    assert {one["Key"]: one["Value"] for one in packed["Tags"]} == zipped["Tags"]
    assert packed["TracingConfig"] == {"Mode": zipped["Tracing"]} == {"Mode": "Active"}
    assert packed["Code"] == {"ImageUri": {"Ref": "ImageUri"}}
    assert packed["PackageType"] == "Image"
    assert packed["Architectures"] == ["arm64"]
    assert packed["ReservedConcurrentExecutions"] == 3
    assert packed["VpcConfig"] == {"SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-1"]}
    assert (packed["MemorySize"], packed["Timeout"]) == (512, 7)
    assert packed["Environment"]["Variables"]["STAGE"] == "dev"


def test_the_role_is_that_of_a_package(sam: template.Template) -> None:
    """Its log is the one of its own stack."""
    package = template.of(sam, API, code="s3://a/b", layer="s3://a/c")["Resources"]
    resources = made(sam)
    assert resources[template.ROLE] == package[template.ROLE]
    groups = [properties(one, "Logs")["LogGroupName"] for one in (package, resources)]
    assert groups == [
        {"Fn::Sub": "/api/${App}-${Stage}"},
        {"Fn::Sub": "/api/${App}-${Stage}-image"},
    ]


ALIKE = ("DynamoDBErrors", "DynamoDBAlarm", "Live", "ThrottlesAlarm", "Version")
WARM_UP = ("WarmUpPermission", "WarmUpRule")


@pytest.mark.each_counts
@pytest.mark.parametrize("name", [*ALIKE, *WARM_UP])
def test_what_both_templates_have_is_alike(name: str) -> None:
    assert IMAGE["Resources"][name] == API["Resources"][name]


def test_the_log_group_differs_in_its_name() -> None:
    ours, theirs = (json.loads(json.dumps(one["Resources"]["Logs"])) for one in (IMAGE, API))
    del ours["Properties"]["LogGroupName"], theirs["Properties"]["LogGroupName"]
    assert ours == theirs


@pytest.mark.each_counts
@pytest.mark.parametrize("name", ["LatencyAlarm", "ServerErrorsAlarm"])
def test_alarms_differ_in_who_counts(name: str) -> None:
    """With VIA=image the URL does, by the function's name."""
    ours, theirs = (dict(one["Resources"][name]["Properties"]) for one in (IMAGE, API))
    metrics = {"LatencyAlarm": "UrlRequestLatency", "ServerErrorsAlarm": "Url5xxCount"}
    assert ours.pop("MetricName") == metrics[name]
    assert ours.pop("Namespace") == "AWS/Lambda"
    assert ours.pop("Dimensions") == [{"Name": "FunctionName", "Value": {"Ref": "APIHandler"}}]
    for key in ("MetricName", "Namespace", "Dimensions"):
        del theirs[key]
    assert ours == theirs


def test_parameters_and_conditions_are_alike() -> None:
    own, of_the_gateway = {"ImageUri", "UrlAuthType"}, {"ThrottleRate", "ThrottleBurst"}
    ours, theirs = IMAGE["Parameters"], API["Parameters"]
    assert ours.keys() - own == theirs.keys() - of_the_gateway
    assert all(ours[name] == theirs[name] for name in ours.keys() & theirs.keys())
    conditions = dict(IMAGE["Conditions"])
    assert conditions.pop("Public") == {"Fn::Equals": [{"Ref": "UrlAuthType"}, "NONE"]}
    assert conditions == API["Conditions"]


def test_the_url_leads_to_the_alias_and_answers_no_cors_itself() -> None:
    assert properties(IMAGE["Resources"], "Url") == {
        "TargetFunctionArn": {"Ref": "APIHandler"},
        "Qualifier": "live",
        "AuthType": {"Ref": "UrlAuthType"},
    }


def test_both_permissions_that_a_url_needs() -> None:
    """Everybody where it is public, else the account, whose own policies decide who."""
    first, second = (
        properties(IMAGE["Resources"], name) for name in ("UrlPermission", "UrlInvokePermission")
    )
    either = {"Fn::If": ["Public", "*", {"Ref": "AWS::AccountId"}]}
    assert first["Principal"] == second["Principal"] == either
    assert first["FunctionName"] == second["FunctionName"] == {"Ref": "Live"}
    assert first["Action"] == "lambda:InvokeFunctionUrl"
    assert first["FunctionUrlAuthType"] == {"Ref": "UrlAuthType"}
    assert second["Action"] == "lambda:InvokeFunction"
    assert second["InvokedViaFunctionUrl"] is True


def version(resources: dict[str, Any]) -> str:
    (name,) = (k for k, v in resources.items() if v["Type"] == "AWS::Lambda::Version")
    return str(name)


def test_another_image_is_another_version(sam: template.Template) -> None:
    assert version(made(sam)) == version(made(sam))
    assert version(made(sam)) != version(made(sam, URI.replace("1" * 64, "2" * 64)))
    other = json.loads(json.dumps(sam))
    other["Resources"][template.HANDLER]["Properties"]["MemorySize"] = 1024
    assert version(made(other)) != version(made(sam))
    other = json.loads(json.dumps(sam))
    other["Resources"][template.HANDLER]["Properties"]["Tags"]["team"] = "b"
    assert version(made(other)) == version(made(sam))


def test_the_templates_that_are_given_are_left_as_they_are(sam: template.Template) -> None:
    before = json.dumps([sam, IMAGE])
    made(sam)
    assert json.dumps([sam, IMAGE]) == before


def test_a_role_of_ones_own(tmp_path: Path) -> None:
    arn = "arn:aws:iam::1:role/own"
    sam = described(tmp_path, manage_iam_role=False, iam_role_arn=arn)
    resources = made(sam)
    assert template.ROLE not in resources
    assert properties(resources)["Role"] == arn


def test_layers_of_ones_own(sam: template.Template) -> None:
    other = json.loads(json.dumps(sam))
    other["Resources"][template.HANDLER]["Properties"]["Layers"].append("arn:aws:lambda:layer:1")
    with pytest.raises(Refusal, match=r"config\.json: an image takes no `layers` of Lambda; let "):
        made(other)


def released(**outputs: str) -> Image:
    formation = Formation("UPDATE_COMPLETE")
    formation.outputs = outputs
    account: Any = Account("1", "us-east-1", "aws", get_session())
    object.__setattr__(account, "client", formation.clients())
    return Image(DEV, account)


def test_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert released(FunctionUrl=f"{URL}/").url == URL
    assert released().url == ""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")
    place = "http://127.0.0.1:4566/_aws/lambda-url/abcdefghijklmnopqrstuvwxyz012345"
    assert released(FunctionUrl=f"{URL}/").url == place
    assert released().url == ""


@pytest.mark.parametrize("region", sorted(image.WITHOUT_URLS))
def test_a_region_without_function_urls(region: str) -> None:
    """Before anything is built."""
    release = released()
    there = replace(release, account=replace(release.account, region=region))
    with pytest.raises(Refusal, match=f"^Lambda has no function URLs in {region}: take VIA=packag"):
        there.deploy(Path("nowhere"), print)


@pytest.mark.users  # without them it may ask DynamoDB for nothing
def test_the_role_is_for_this_account_alone(
    sam: template.Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sam.json"
    file.write_text(json.dumps(sam))
    repository = SimpleNamespace(keep=lambda _: None, uri=lambda _: URI)
    monkeypatch.setattr(image, "Repository", lambda *_: repository)
    monkeypatch.setattr(image, "push", lambda *_: None)
    monkeypatch.setattr(build, "build", lambda *_: None)
    monkeypatch.setattr(payload, "described", lambda *_: file)
    made = released().make(tmp_path, print)
    role = json.dumps(made.template["Resources"][template.ROLE])
    assert "arn:aws:dynamodb:us-east-1:1:table/" in role
    assert ":*:*:" not in role
