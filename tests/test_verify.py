"""What `make verify` leaves out where a function URL, and no API Gateway, is before the API."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.collected import without_gateway
from tests.engines import ROOT
from tests.guarded import Guarded, guarded
from tests.platform.test_account import stack_of
from tools import stages, verify
from tools.refusals import Refusal

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


@pytest.mark.slow
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


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded(tmp_path_factory.mktemp("guarded")) as running:
        yield running


@pytest.mark.slow
def test_the_suite_sends_the_token_that_is_given(
    api: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment: Any = os.environ | {"BASE_URL": api.url, "TOKEN": api.issuer.token()}
    monkeypatch.setenv("TOKEN", environment["TOKEN"])
    verify.check_token(verify.serving(f"{api.url}/"))
    command = [sys.executable, "-m", "pytest", "--target", "url", "-q", "-n0"]
    asked = ["tests/contract/test_create.py", "-k", "test_a_created_item or deleted_is_gone"]
    done = subprocess.run(
        [*command, *asked], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("claims", "line"),
    [
        (None, " asks for tokens: give TOKEN= one that has all scopes of the API."),
        ({"exp": 1}, " refuses TOKEN (401): it has expired, or is no good."),
        ({"scope": ""}, " refuses TOKEN (403): it needs "),
    ],
)
def test_without_a_good_token_nothing_is_verified(
    api: Guarded,
    monkeypatch: pytest.MonkeyPatch,
    claims: dict[str, Any] | None,
    line: str,
) -> None:
    monkeypatch.setenv("TOKEN", "" if claims is None else api.issuer.token(**claims))
    with pytest.raises(Refusal) as raised:
        verify.check_token(api.url)
    assert line in str(raised.value)


def test_of_each_scope_one_operation_is_asked() -> None:
    read, write = [{"bearer": ["a:read"]}], [{"bearer": ["a:write"]}]
    paths = {
        "/a": {"get": {"security": read}, "post": {"security": write}},
        "/a/{id}": {"get": {"security": read}, "delete": {"security": [{"bearer": []}]}},
        "/b/{id}": {"get": {"security": [*read, {}]}, "put": {}},
    }
    assert verify.protected({"paths": paths}) == {
        "a:read": ("GET", "/a"),
        "a:write": ("POST", "/a"),
        "": ("DELETE", "/a/verify"),
    }
