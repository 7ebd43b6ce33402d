"""What .chalice/config.json may hold, and what is said of the rest."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import chalice.config
import pytest

from tools import ROOT, config, stages
from tools.refusals import Refusal

pytestmark = pytest.mark.each_counts

LEAST: dict[str, Any] = {"app_name": "shop", "stages": {"dev": {}}}
STAGE = ".chalice/config.json, stage dev: "


def written(folder: Path, text: str) -> Path:
    (folder / ".chalice").mkdir()
    (folder / ".chalice/config.json").write_text(text)
    return folder


def refused(folder: Path, text: str) -> str:
    with pytest.raises(Refusal) as raised:
        stages.read("dev", written(folder, text))
    line = str(raised.value)
    assert "\n" not in line
    return line


def test_the_least_that_there_can_be(tmp_path: Path) -> None:
    stage = stages.read("dev", written(tmp_path, json.dumps(LEAST)))
    assert stage == stages.Stage(
        "dev", "shop", "3.11", "x86_64", "", "", False, "api", environment={}, parameters={}
    )


def test_a_stage_wins_and_some_are_merged(tmp_path: Path) -> None:
    whole = {
        "app_name": "shop",
        "python_version": "3.12",
        "region": "eu-west-1",
        "account": "000000000001",
        "termination_protection": True,
        "environment_variables": {"A": "1", "B": "1"},
        "parameters": {"ThrottleRate": 0.5, "DeletionProtection": False, "WarmUpRate": "none"},
    }
    own = {
        "lambda_architecture": "arm64",
        "api_gateway_stage": "v1",
        "termination_protection": False,
        "environment_variables": {"B": "2"},
        "parameters": {"ThrottleRate": 3},
    }
    stage = stages.read("dev", written(tmp_path, json.dumps(whole | {"stages": {"dev": own}})))
    assert (stage.python, stage.architecture, stage.gateway_stage) == ("3.12", "arm64", "v1")
    assert (stage.region, stage.account, stage.protected) == ("eu-west-1", "000000000001", False)
    assert stage.environment == {"A": "1", "B": "2"}
    assert stage.parameters == {
        "ThrottleRate": "3",
        "DeletionProtection": "false",
        "WarmUpRate": "none",
    }


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("lambda_architecture", "arm", 'is "arm", and takes x86_64 or arm64.'),
        ("lambda_memory_size", 127, "is 127, and takes a whole number from 128 to 10240."),
        ("lambda_memory_size", 10241, "is 10241, and takes a whole number from 128 to 10240."),
        ("lambda_memory_size", "512", 'is "512", and takes a whole number from 128 to 10240.'),
        ("lambda_memory_size", None, "is null, and takes a whole number from 128 to 10240."),
        ("lambda_timeout", 0, "is 0, and takes a whole number from 1 to 900."),
        ("lambda_timeout", 901, "is 901, and takes a whole number from 1 to 900."),
        ("lambda_timeout", True, "is true, and takes a whole number from 1 to 900."),
        ("reserved_concurrency", -1, "is -1, and takes a whole number of at least 0."),
        ("reserved_concurrency", 1.5, "is 1.5, and takes a whole number of at least 0."),
        ("termination_protection", "yes", 'is "yes", and takes true or false, without quotes.'),
        ("termination_protection", "false", 'is "false", and takes true or false, without quotes.'),
        ("api_gateway_stage", "v1/", 'is "v1/", and takes letters, digits and _.'),
        ("api_gateway_stage", "", 'is "", and takes letters, digits and _.'),
        ("region", "Ireland", 'is "Ireland", and takes a region, such as eu-central-1.'),
        ("account", 123456789012, "is 123456789012, and takes 12 digits, in quotes."),
        ("account", "1234", 'is "1234", and takes 12 digits, in quotes.'),
        ("python_version", 3.11, "is 3.11, and takes one of 3.11, 3.12, 3.13, 3.14, 3.15, in q"),
        ("python_version", "3.99", 'is "3.99", and takes one of 3.11, 3.12, 3.13, 3.14, 3.15, '),
        ("parameters", [1], "takes an object: {...}."),
        ("environment_variables", "A=1", "takes an object: {...}."),
        ("lambda_functions", {"api_handler": 1}, ".api_handler takes an object: {...}."),
        ("tags", {"team": 1}, ".team is 1, and takes a string, in quotes."),
        ("parameters", {"ThrottleRate": None}, ".ThrottleRate is null, and takes a string, a n"),
        ("parameters", {"ThrottleRate": [1]}, ".ThrottleRate is [1], and takes a string, a nu"),
    ],
)
def test_what_a_key_takes(key: str, value: Any, line: str, tmp_path: Path) -> None:
    said = refused(tmp_path, json.dumps(LEAST | {"stages": {"dev": {key: value}}}))
    assert said.startswith(f"{STAGE}{key}{line if line[0] == '.' else f' {line}'}")


@pytest.mark.parametrize("key", ["lambda_memory_size", "lambda_timeout", "reserved_concurrency"])
def test_the_same_holds_for_all_stages(key: str, tmp_path: Path) -> None:
    said = refused(tmp_path, json.dumps(LEAST | {key: -1}))
    assert said.startswith(f".chalice/config.json: {key} is -1, and takes a whole number ")


@pytest.mark.parametrize(
    "keys",
    [
        {"lambda_memory_size": 128, "lambda_timeout": 1, "reserved_concurrency": 0},
        {"lambda_memory_size": 10240, "lambda_timeout": 900, "api_gateway_stage": "V_1"},
        {"lambda_functions": {"api_handler": {"lambda_timeout": 5}}, "region": "us-gov-west-1"},
    ],
)
def test_what_is_as_far_as_it_goes(keys: dict[str, Any], tmp_path: Path) -> None:
    assert config.read(written(tmp_path, json.dumps(LEAST | keys))) == LEAST | keys


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (
            {"stages": {"dev": {"lamda_memory_size": 1}}},
            f"{STAGE}nothing reads lamda_memory_size; ",
        ),
        ({"lamda_memory_size": 1}, ".chalice/config.json: nothing reads lamda_memory_size; "),
    ],
)
def test_a_mistyped_key(more: dict[str, Any], line: str, tmp_path: Path) -> None:
    assert refused(tmp_path, json.dumps(LEAST | more)) == f"{line}there is lambda_memory_size."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[]", ".chalice/config.json takes an object: {...}."),
        ('{"stages": {}}', ".chalice/config.json: app_name is missing."),
        ('{"app_name": "a"}', ".chalice/config.json: stages is missing."),
        (
            '{"app_name": "my_app", "stages": {}}',
            '.chalice/config.json: app_name is "my_app", and takes up to 32 letters, digits ',
        ),
        ('{"app_name": "a", "stages": []}', ".chalice/config.json: stages takes an object"),
        (
            '{"app_name": "a", "stages": {"dev": 1}}',
            ".chalice/config.json: stages.dev takes an object",
        ),
        (
            '{"app_name": "a", "stages": {"dev 2": {}}}',
            '.chalice/config.json: stages.dev 2 is "dev 2", and takes objects whose names are',
        ),
        (
            '{"app_name": "a",\n    "stages" 1}',
            ".chalice/config.json, line 2, column 14: no JSON from here on (Expecting ':' ",
        ),
        (
            '{"app_name": "a", "stages": {"dev": {"lambda_functions": {"f": {"xrai": 1}}}}}',
            f"{STAGE[:-2]}, function f: nothing reads xrai; there is xray.",
        ),
        ('{"app_name": "a", "stages": {}, "zzz": 1}', ".chalice/config.json: nothing reads zzz; "),
    ],
)
def test_a_file_that_is_odd(text: str, line: str, tmp_path: Path) -> None:
    assert refused(tmp_path, text).startswith(line)


def test_no_setting_is_shown(tmp_path: Path) -> None:
    secret = {"environment_variables": {"PIN": 4711}}
    assert refused(tmp_path, json.dumps(LEAST | secret)) == (
        ".chalice/config.json: environment_variables.PIN takes a string, in quotes."
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"^\.chalice/config\.json cannot be read: .*No such file"):
        stages.names(tmp_path)


def test_every_key_that_chalice_reads_is_known() -> None:
    """Where it reads it, too: of a function, of a stage, or of the file."""
    source = inspect.getsource(chalice.config.Config)
    calls = re.findall(r"_chain_(?:lookup|merge)\(\s*'(\w+)'([^)]*)\)", source)
    assert len(calls) > 25
    for key, how in calls:
        if key in {"project_dir", "chalice_app"}:  # which the command line gives
            continue
        assert key in config.File.model_fields
        if "per_chalice_stage=True" in how:
            assert key in config.Keys.model_fields
        assert (key in config.Function.model_fields) == (
            "per_function=True" in how or key in {"environment_variables", "tags"}
        )


def test_what_stands_there_is_taken() -> None:
    assert [stages.read(name).name for name in stages.names(ROOT)] == stages.names(ROOT)
