"""An image of another platform than the stage's: Lambda would say so only when it starts."""

import pytest

from tools.image.archive import Archive
from tools.image.build import BASE, check_platform
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
