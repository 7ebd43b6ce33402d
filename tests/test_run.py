"""What `make run` refuses, in a line: the rest of it is in tests/running."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines import ROOT
from tools import checks, clean, connect, pinned
from tools.local import faults, localaws, processes, run


@pytest.mark.parametrize("port", ["0", "abc", "65536", "-1", "", "8e3", "٨٠٠٠"])
def test_a_port_that_is_none_is_one_line(port: str) -> None:
    assert run.refusal(port) == f"PORT={port}: give a number from 1 to 65535."


def test_another_port_that_is_offered_can_be_had() -> None:
    denied = OSError(13, "Permission denied")
    assert "make run PORT=8303, or .venv/bin/chalice local --port 8303" in run.taken(8302, denied)
    assert "PORT=8000" in run.taken(80, denied)
    assert "PORT=8000" in run.taken(65535, denied)


@pytest.mark.parametrize(
    ("name", "value", "most"),
    [("LATENCY", "abc", "60000"), ("ERRORS", "200", "100"), ("ERRORS", "nan", "100")],
)
def test_a_fault_that_is_none_is_one_line(
    name: str, value: str, most: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(faults.FaultError, match=f"^{name}={value}: give a number from 0 to {most}"):
        faults.asked()


@pytest.mark.parametrize(
    ("app_name", "given", "stage", "says"),
    [
        ("books", None, "local", "set environment_variables.APP_NAME to books, as app_name"),
        ("books", "users", "local", "set environment_variables.APP_NAME to books, as app_name"),
        ("my_books", "my_books", "local", "set app_name to letters, digits and -"),
        ("2books", "2books", "local", "set app_name to letters, digits and -"),
        (None, "books", "local", "set app_name to letters, digits and -"),
        ("books", "books", "dev", "set STAGE of stage local to local"),
    ],
)
def test_a_name_that_none_can_be_made_of_is_one_line(
    app_name: str | None,
    given: str | None,
    stage: str,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    stages = {"local": {"environment_variables": {"STAGE": stage}}}
    environment = {"environment_variables": {"APP_NAME": given}}
    (tmp_path / ".chalice").mkdir()
    config = {"app_name": app_name, "stages": stages} | (environment if given else {})
    (tmp_path / ".chalice/config.json").write_text(json.dumps(config))
    line = checks.misnamed()
    assert line.startswith(f".chalice/config.json: {says}")
    assert "\n" not in line


def test_the_name_as_it_is_will_do() -> None:
    assert checks.misnamed() == ""


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_half_an_installation_is_one_line() -> None:
    done = python("import sys, tools; sys.modules['botocore'] = None; import botocore")
    assert done.returncode == 1
    assert done.stderr == (
        "The installation is incomplete (no module named botocore): "
        f"delete {Path(sys.prefix).name} and run make again.\n"
    )
    assert "Traceback" in python("import tools; import not_installed_yet").stderr
    assert pinned("email_validator")


def test_ctrl_c_during_the_imports_says_nothing() -> None:
    assert python("import tools; raise KeyboardInterrupt").stderr == ""


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "No region: set AWS_REGION or AWS_PROFILE."),
        ({"AWS_REGION": "eu-west-1"}, "No credentials: set AWS_PROFILE,"),
        ({"AWS_PROFILE": "mine"}, "The config profile (mine) could not be found: correct"),
        ({"AWS_PROFILE": ""}, "No region: set AWS_REGION or AWS_PROFILE."),
        (
            {"AWS_DEFAULT_PROFILE": "", "AWS_REGION": "eu-west-1"},
            "No credentials: set AWS_PROFILE,",
        ),
        (
            {
                "AWS_DEFAULT_REGION": "eu-west-1",
                "AWS_ACCESS_KEY_ID": "mine",
                "AWS_SECRET_ACCESS_KEY": "mine",
            },
            "",
        ),
    ],
)
def test_what_the_real_aws_lacks_is_one_line(
    environment: dict[str, str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    line = connect.lacking()
    assert line.startswith(says)
    assert bool(line) == bool(says)


def test_what_is_in_use_is_not_cleaned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localaws, "OWNERS", tmp_path)
    monkeypatch.setattr(localaws, "STATUS", tmp_path / "aws.json")
    (tmp_path / "999999999").write_text("1")
    clean.main()
    with subprocess.Popen(["sleep", "9"]) as owner:
        (tmp_path / str(owner.pid)).write_text(processes.identity(owner.pid))
        with pytest.raises(SystemExit, match=r"^Stop make run first"):
            clean.main()
        owner.kill()
