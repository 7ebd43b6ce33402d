"""An image of another platform than the stage's: Lambda would say so only when it starts."""

import platform

import pytest

from tools import stages
from tools.image.archive import Archive
from tools.image.build import BASE, check_platform, target
from tools.refusals import Refusal


def test_the_platform_of_the_stage() -> None:
    check_platform("linux/arm64", BASE, Archive({"architecture": "arm64"}, ()))


def test_a_base_for_another_platform_alone() -> None:
    """An engine warns of it, and builds on it."""
    with pytest.raises(Refusal) as raised:
        check_platform("linux/arm64", f"{BASE}:3.11", Archive({"architecture": "amd64"}, ()))
    assert str(raised.value) == (
        "The base image public.ecr.aws/lambda/python:3.11 is for linux/amd64, and "
        "lambda_architecture of .chalice/config.json wants linux/arm64: BASE= names another."
    )


@pytest.mark.parametrize(
    ("stage", "machine", "wanted"),
    [
        ("local", "aarch64", "linux/arm64"),
        ("local", "arm64", "linux/arm64"),
        ("local", "x86_64", "linux/amd64"),
        ("local", "riscv64", "linux/amd64"),
        ("dev", "aarch64", "linux/amd64"),
    ],
)
def test_stage_local_is_for_this_machine(
    stage: str, machine: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert target(stages.read(stage)) == wanted
