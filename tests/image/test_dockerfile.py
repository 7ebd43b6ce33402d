"""What stands in the Dockerfile, and what it may see."""

import json
import re
import shutil
import tomllib
from pathlib import Path

from tests.engines import ROOT
from tools.image import archive, build, fetch, lock, pip_settings, source

DOCKERFILE = (ROOT / "Dockerfile").read_text()
LAST_STAGE = DOCKERFILE.rpartition("\nFROM ")[2]


def instructions(text: str) -> list[str]:
    return re.findall(r"(?m)^([A-Z]+) ", text)


def test_the_base_has_the_python_that_is_deployed() -> None:
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    (base,) = re.findall(r"(?m)^ARG BASE=(.*)", DOCKERFILE)
    assert base.partition("@")[0] == f"{build.BASE}:{config['python_version']}"


def test_the_last_stage_runs_nothing_and_copies_twice() -> None:
    assert "RUN" not in instructions(LAST_STAGE)
    assert instructions(LAST_STAGE).count("COPY") == archive.OURS == len(archive.TITLES)
    assert instructions(LAST_STAGE)[-1] == "CMD"


def test_pip_runs_on_the_machine_s_own_platform() -> None:
    assert re.findall(r"(?m)^FROM (.*)", DOCKERFILE) == [
        "--platform=$BUILDPLATFORM ${BASE} AS build",
        "${BASE}",
    ]


def test_each_secret_stands_where_pip_looks() -> None:
    mounted = re.findall(r"--mount=type=secret,id=(\w+),target=(\S+),required=false", DOCKERFILE)
    assert dict(mounted) == {
        "pip": "/etc/pip.conf",
        "ca": pip_settings.CERTIFICATES,
        "netrc": "/root/.netrc",
    }


def test_every_argument_that_make_image_gives_becomes_a_label() -> None:
    given = {"BASE", "BASE_DIGEST", "LICENSES", "REVISION", "SOURCE", "TITLE", "VERSION"}
    assert {*re.findall(r"(?m)^ARG (\w+)", LAST_STAGE)} == given
    assert {*re.findall(r'org\.opencontainers\.image\.[\w.]+="\$\{(\w+)\}"', LAST_STAGE)} == given


def test_a_build_sees_exactly_what_make_image_copies() -> None:
    """.dockerignore keeps all else out of `docker build .`, so both make the same image."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert lines[1] == "*"
    assert let_in | {"Dockerfile", ".dockerignore"} == {*source.BUILT_BY, *source.SHIPPED}
    assert {"vendor/README.md", "**/.*", "**/__pycache__", "**/*.pyc"} <= {*lines}


def test_each_file_that_the_build_is_made_by_is_there_and_needs_no_package() -> None:
    for name in source.BUILT_BY:
        for module in re.findall(r"(?m)^(?:from|import) (\w+)", (ROOT / name).read_text()):
            assert module in {*__import__("sys").stdlib_module_names, "tools"}, name


def test_the_licence_is_that_of_the_project() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")


def test_what_is_locked_is_what_is_asked_for() -> None:
    assert lock.stale(ROOT) == ""
    assert lock.WANTED.removesuffix(".in") == fetch.FILE.removesuffix(".txt")


def project(folder: Path) -> Path:
    for file in ROOT.glob("requirements*"):
        shutil.copyfile(file, folder / file.name)
    return folder


def test_another_version_of_what_goes_to_lambda_is_stale(tmp_path: Path) -> None:
    file = project(tmp_path) / "requirements.txt"
    file.write_text(re.sub(r"(?m)^six==.*", "six==1.99", file.read_text()))
    assert lock.stale(tmp_path) == (
        "requirements-image.txt is not what requirements-image.in says (six): make lock."
    )


def test_a_new_dependency_is_stale(tmp_path: Path) -> None:
    with (project(tmp_path) / "requirements-image.in").open("a") as file:
        file.write("Some_Thing==1.0\n")
    assert "(some-thing): make lock." in lock.stale(tmp_path)


def test_a_pin_without_a_hash_is_stale(tmp_path: Path) -> None:
    file = project(tmp_path) / "requirements-image.txt"
    file.write_text(re.sub(r"(six==\S+)( \\\n    --hash=\S+)+", r"\1", file.read_text()))
    assert "(six): make lock." in lock.stale(tmp_path)


def test_what_is_tried_here_is_what_is_shipped(tmp_path: Path) -> None:
    file = project(tmp_path) / "requirements-run.txt"
    file.write_text(re.sub(r"(?m)^chalice==.*", "chalice==1.33.0", file.read_text()))
    assert lock.stale(tmp_path) == (
        "requirements-run.txt has chalice 1.33.0, and the image 1.34.0: make them one."
    )
