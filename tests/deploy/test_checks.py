"""What is refused before anything is deployed."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tools import ROOT, policy, stages
from tools.deploy import checks
from tools.refusals import Refusal

STAGE = replace(stages.read("dev"), environment={"AUTH": "none"})
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_takes_the_python_of_the_stage_alone() -> None:
    checks.python(replace(STAGE, python=HERE))
    with pytest.raises(Refusal, match=r"runs on Python 3\.1, and this is") as raised:
        checks.python(replace(STAGE, python="3.1"))
    assert "add PYTHON=python3.1 to the command" in str(raised.value)


@pytest.mark.parametrize(
    ("stage", "config", "refused"),
    [
        ("dev", {"python_version": "2.7", "stages": {"dev": {"python_version": HERE}}}, False),
        ("dev", {"python_version": HERE, "stages": {"dev": {"python_version": "2.7"}}}, True),
        ("dev", {"python_version": "2.7", "stages": {"dev": {}}}, True),
        ("local", {"python_version": "2.7", "stages": {"local": {}}}, False),
        ("dev", {"python_version": "2.7"}, False),  # said later, in full
    ],
)
def test_asks_before_anything_is_installed(
    stage: str, config: dict[str, Any], refused: bool, tmp_path: Path
) -> None:
    """As a script in a folder of its own, without anything that is installed."""
    for folder in ("tools/deploy", ".chalice"):
        (tmp_path / folder).mkdir(parents=True)
    script = tmp_path / "tools/deploy/python.py"
    script.write_bytes((ROOT / "tools/deploy/python.py").read_bytes())
    (tmp_path / ".chalice/config.json").write_text(json.dumps(config))
    command = [sys.executable, "-I", "-S", str(script), stage]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (int(refused), "")
    assert bool(done.stderr) == refused
    assert done.stderr.count("\n") == done.stderr.count("add PYTHON=python2.7")


@pytest.mark.parametrize("environment", [{}, {"AUTH": ""}])
def test_wants_auth(environment: dict[str, str]) -> None:
    checks.auth(STAGE)
    with pytest.raises(Refusal, match=r"^Stage dev has no AUTH: set it in .*config\.json"):
        checks.auth(replace(STAGE, environment=environment))


def test_wants_the_policy_that_the_api_needs(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"^\.chalice/policy-dev\.json is not .+: make policy\.$"):
        checks.policy(STAGE, tmp_path)
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice/policy-dev.json").write_text(json.dumps(policy.document(STAGE)))
    checks.policy(STAGE, tmp_path)


def test_knows_its_ways() -> None:
    assert [checks.via(name) for name in ("chalice", "package")] == ["chalice", "package"]
    with pytest.raises(Refusal, match=r"^VIA=terraform: there is only chalice and package\.$"):
        checks.via("terraform")


def test_refuses_names_that_are_too_long() -> None:
    assert checks.fits("a" * 64, checks.FUNCTION_NAME, "The function") == "a" * 64
    with pytest.raises(Refusal, match="65 characters, and AWS takes 64"):
        checks.fits("a" * 65, checks.FUNCTION_NAME, "The function")


def test_lets_one_at_a_time_change_a_stage(tmp_path: Path) -> None:
    holder = (
        "import sys; from pathlib import Path; from tools import stages; "
        "from tools.deploy import checks\n"
        "with checks.locked(stages.read('dev'), Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holder, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Refusal) as raised, checks.locked(STAGE, tmp_path):
            pytest.fail("held twice")
        assert re.fullmatch(
            rf"Stage dev is being changed already, by process {other.pid}, "
            r"since \d\d:\d\d:\d\d: wait until it has ended\.",
            str(raised.value),
        )
        with checks.locked(replace(STAGE, name="prod"), tmp_path):
            pass  # another stage is another lock
        other.kill()
    with checks.locked(STAGE, tmp_path):
        pass  # the kernel frees the lock of a process that was killed
