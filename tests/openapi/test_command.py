"""docs/openapi.json: written by a command, and held to what the views say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines import ROOT
from tests.resources import Json
from tools.openapi import command, judges
from tools.openapi.command import RELEASED, UNPROMISED
from tools.openapi.document import difference
from tools.refusals import Refusal

pytestmark = pytest.mark.in_process
SMALL: Json = {"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "a"}}}}
ANOTHER: Json = {"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "b"}}}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files are, and with nothing that judges them."""
    (tmp_path / "docs").mkdir()
    for name, file in (("FILE", "openapi.json"), ("RELEASED", "openapi.released.json")):
        monkeypatch.setattr(command, name, tmp_path / "docs" / file)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(judges, "complaints", lambda _: [])
    return tmp_path / "docs"


def refusal(made: Json) -> str:
    with pytest.raises(Refusal) as raised:
        command.check(made)
    return str(raised.value)


@pytest.mark.slow  # the judges are programs of npm
def test_the_file_is_what_the_views_say_and_nothing_is_said_against_it() -> None:
    """In a process of its own, which knows no wares, and nothing of this one's settings."""
    env = os.environ | {"APP_NAME": "another", "STAGE": "prod", "AUTH_ISSUER": "https://x.example"}
    command = [sys.executable, "-m", "tools.openapi", "--check"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    told = "" if RELEASED.exists() else f"{UNPROMISED}\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, told, "")


@pytest.mark.slow  # the judges are programs of npm
def test_nothing_is_said_against_a_second_resource(document: Json, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    assert judges.complaints(tmp_path / "openapi.json") == []


@pytest.mark.slow  # the judges are programs of npm
def test_each_judge_is_heard(document: Json, tmp_path: Path) -> None:
    del document["paths"]["/wares"]["get"]["operationId"]
    document["paths"]["/wares"]["post"]["responses"].pop("429")
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    redocly, spectral = judges.complaints(tmp_path / "openapi.json")
    assert redocly.startswith("Redocly: ")
    assert "operation-operationId" in redocly
    assert spectral.startswith("Spectral: ")
    assert "responses[429]" in spectral


def test_it_is_written_and_then_right(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right = "docs/openapi.json was right, and was left as it is."
    for told in ("Changed docs/openapi.json.", right):
        command.write(SMALL, release=False)
        assert capsys.readouterr().out == f"{told}\n"
    assert json.loads((folder / "openapi.json").read_text()) == SMALL
    command.check(SMALL)
    assert [file.name for file in folder.iterdir()] == ["openapi.json"]


def test_a_stale_one_is_one_line(folder: Path) -> None:
    line = "docs/openapi.json does not say what the views say ({}): make openapi."
    assert refusal(SMALL) == line.format("all of it is missing")
    command.write(SMALL, release=False)
    assert refusal(ANOTHER) == line.format("/paths/~1a/get/operationId")
    (folder / "openapi.json").write_text("{")
    assert refusal(SMALL).startswith("docs/openapi.json is no JSON (")


def test_until_a_release_nothing_is_promised(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.write(SMALL, release=False)
    command.write(ANOTHER, release=False)
    capsys.readouterr()
    command.check(ANOTHER)
    assert capsys.readouterr().out == f"{UNPROMISED}\n"
    command.write(ANOTHER, release=True)
    capsys.readouterr()
    command.check(ANOTHER)
    assert capsys.readouterr().out == ""


def test_what_breaks_a_release_is_named(folder: Path) -> None:
    command.write(SMALL, release=True)
    command.write(ANOTHER, release=False)
    assert refusal(ANOTHER) == (
        "This breaks clients of docs/openapi.released.json:\n"
        '  GET /a: operationId "a" became "b"\n'
        "Where that is meant: make openapi RELEASE=1."
    )
    command.write(ANOTHER, release=True)
    command.check(ANOTHER)


@pytest.mark.parametrize(
    ("other", "place"),
    [
        ({"a": [1, {"b": 2}]}, ""),
        ({"a": [1, {"b": 3}]}, "/a/1/b"),
        ({"a": [1, {"b": 2.0}]}, "/a/1/b"),
        ({"a": [1]}, "/a"),
        ({"c": [1, {"b": 2}]}, "/"),
    ],
)
def test_where_documents_differ(other: Json, place: str) -> None:
    assert difference({"a": [1, {"b": 2}]}, other) == place
