"""What `make verify` leaves out where a function URL, and no API Gateway, is before the API."""

import os
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import without_gateway
from tests.engines import ROOT
from tests.platform.test_account import stack_of
from tools import stages

FUNCTION = "https://abc.lambda-url.eu-west-1.on.aws"
GATEWAY = "https://abc.execute-api.eu-west-1.amazonaws.com/api"
OWN = {
    "test_a_method_that_no_route_has",
    "test_a_body_over_the_gateways_limit",
    "test_a_path_that_is_no_percent_encoding",
}


def collected(url: str) -> set[str]:
    command = [sys.executable, "-m", "pytest", "--target", "url", "--collect-only", "-q", "-n0"]
    environment: Any = os.environ | {"BASE_URL": url}
    done = subprocess.run(
        [*command, "tests/platform"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stdout.splitlines() if "::" in line]
    return {line.partition("::")[2].partition("[")[0] for line in lines}


def test_a_function_url_is_asked_all_but_the_gateways_own_replies() -> None:
    behind_gateway = collected(GATEWAY)
    assert behind_gateway >= OWN
    assert collected(FUNCTION) == behind_gateway - OWN


@pytest.mark.parametrize(
    ("url", "without"),
    [
        (FUNCTION, True),
        (GATEWAY, False),
        ("https://api.example.com/.lambda-url.", False),
        ("", False),
    ],
)
def test_which_is_a_function_url(url: str, without: bool) -> None:
    assert without_gateway(url) == without


def test_the_role_is_that_of_the_stack_behind_the_url() -> None:
    dev = stages.read("dev")
    assert stack_of(dev, FUNCTION) == dev.image_stack
    assert stack_of(dev, GATEWAY) == dev.stack
