"""cfn-lint on what CloudFormation gets, before and after SAM has made plain resources of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engines import ROOT, required
from tools import stages
from tools.cloudformation import parameters
from tools.deploy import payload, template
from tools.deploy.image import TEMPLATE, of

pytestmark = pytest.mark.slow

# infra/api.json is none: it is merged into what Chalice makes.
WHOLE = sorted(path.name for path in (ROOT / "infra").glob("*.json") if path.stem != "api")
ZIP = f"s3://users-api-artifacts-000000000000-us-east-1/{'0' * 64}.zip"


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of stage dev, from what Chalice packages."""
    folder = tmp_path_factory.mktemp("packaged")
    built = payload.build(stages.read("dev"), ROOT, folder / "build")
    sam, api = parameters.read(built.template), parameters.read(ROOT / "infra/api.json")
    file = folder / "template.json"
    file.write_text(json.dumps(template.of(sam, api, code=ZIP, layer=ZIP), indent=1))
    return file


@pytest.fixture(scope="module")
def translated(packaged: Path) -> Path:
    file = packaged.with_name("translated.json")
    command = [required(ROOT / ".venv-ministack/bin/python"), str(ROOT / "tests/deploy/sam.py")]
    file.write_text(subprocess.check_output([*command, str(packaged)], text=True))
    return file


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of stage dev with VIA=image."""
    folder = tmp_path_factory.mktemp("image")
    sam = parameters.read(payload.described(stages.read("dev"), ROOT, folder / "build"))
    file = folder / "template.json"
    whole = parameters.read(ROOT / TEMPLATE)
    file.write_text(json.dumps(of(sam, whole, f"1.dkr.ecr/a@sha256:{'0' * 64}"), indent=1))
    return file


def lint(file: Path) -> str:
    """Its complaints, errors and warnings; "" where there is none. No rule is left out."""
    linter = str(Path(sys.executable).with_name("cfn-lint"))
    command = [linter, "--regions", "us-east-1", "eu-central-1"]
    done = subprocess.run([*command, "--", str(file)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", WHOLE)
def test_a_template_of_its_own(name: str) -> None:
    assert lint(ROOT / "infra" / name) == ""


def test_the_packaged_template(packaged: Path) -> None:
    assert lint(packaged) == ""


def test_the_template_of_an_image(image: Path) -> None:
    assert lint(image) == ""


def test_its_translation(translated: Path) -> None:
    assert lint(translated) == ""


def test_it_is_really_linted(packaged: Path, tmp_path: Path) -> None:
    broken = json.loads(packaged.read_text())
    del broken["Resources"]["Live"]["Properties"]["FunctionName"]
    broken["Resources"]["DynamoDBAlarm"]["Properties"]["Threshold"] = {"Ref": "Nothing"}
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    complaints = lint(tmp_path / "broken.json")
    assert "'FunctionName' is a required property" in complaints
    assert "'Nothing' is not one of" in complaints


def test_sam_makes_one_stage_and_one_api(translated: Path) -> None:
    """SAM adds a stage called Stage, without our throttling, unless it is told a version."""
    resources: dict[str, Any] = json.loads(translated.read_text())["Resources"]
    of = {r["Type"]: r["Properties"] for r in resources.values()}
    kinds = [r["Type"] for r in resources.values()]
    assert kinds.count("AWS::ApiGateway::RestApi") == kinds.count("AWS::ApiGateway::Stage") == 1
    assert "StageName" not in of["AWS::ApiGateway::Deployment"]
    assert of["AWS::ApiGateway::RestApi"]["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    (layer,) = [r for r in resources.values() if r["Type"] == "AWS::Lambda::LayerVersion"]
    assert layer["DeletionPolicy"] == "Delete"
