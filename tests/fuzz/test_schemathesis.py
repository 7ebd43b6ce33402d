"""The running API does what its OpenAPI document says: schemathesis tries it from that alone.

schemathesis.toml says how; `make fuzz` does the same to an API that runs already.
"""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from schemathesis.checks import CHECKS

from tests.engines import ROOT
from tests.fuzz.report import Report, read
from tests.issuing import Issuing
from tests.targets import Target, direct_session, server
from tools.connect import environment

ST = Path(sys.executable).with_name("st")
CONFIG = Path(__file__).parent / "schemathesis.toml"
LEAST = 2000  # cases of an open stage
LEAST_LED = 20  # of them, those answered without a refusal: many are sent a wrong body
LEAST_LINKS = 20  # which of them are followed depends on the keys that the server makes

pytestmark = [pytest.mark.slow, pytest.mark.fuzz, pytest.mark.timeout(600)]


def tried(url: str, folder: Path, *options: str) -> Report:
    """What came of it; fails with all that schemathesis says where anything is wrong."""
    file = folder / "events.ndjson"
    command: list[str | Path] = [
        ST,
        "--no-color",
        "--config-file",
        CONFIG,
        "run",
        f"{url}/openapi.json",
        *options,
    ]
    command += ["--report", "ndjson", "--report-ndjson-path", file]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    return read(file)


def operations(url: str) -> dict[str, dict[str, Any]]:
    """The operations of the document, by method and path; but for itself, which is not tried."""
    paths = direct_session().get(f"{url}/openapi.json", timeout=30).json()["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
        if path != "/openapi.json"
    }


def linked(described: dict[str, dict[str, Any]]) -> set[str]:
    """The operations that links of others lead to."""
    names = {operation["operationId"]: name for name, operation in described.items()}
    return {
        names[link["operationId"]]
        for operation in described.values()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    }


def verb(operation: str) -> str:
    return operation.partition(" ")[0]


@pytest.fixture(autouse=True)
def senders(target: Target) -> None:
    """SES takes mail from the addresses of stage local, as `make run` has it."""
    for name, address in environment("local").items():
        if name.endswith("_FROM"):
            with suppress(target.aws("sesv2").exceptions.AlreadyExistsException):
                target.aws("sesv2").create_email_identity(EmailIdentity=address)


def test_an_open_stage(target: Target, tmp_path: Path) -> None:
    report, described = tried(target.base_url, tmp_path), operations(target.base_url)
    assert report.cases.total() >= LEAST
    assert not [name for name in described if not report.fine(name)], "only refused"
    assert {*map(verb, report.linked)} == {*map(verb, linked(described))}, "links not followed"
    assert report.linked.total() >= LEAST_LINKS
    assert report.led >= LEAST_LED
    assert report.checks.keys() >= {*CHECKS.get_all_names()}


def test_a_stage_that_asks_for_tokens(target: Target, tmp_path: Path) -> None:
    few = ("--phases", "examples,fuzzing,stateful", "--max-examples", "10")
    with (
        Issuing() as issuer,
        server(target.services, tmp_path, **issuer.settings) as url,
    ):
        token = ("--header", f"Authorization:{issuer.bearer('ada')['Authorization']}")
        report, described = tried(url, tmp_path, *few, *token), operations(url)
    asking = {name for name, operation in described.items() if operation.get("security")}
    assert {f"GET {path}" for path in ("/wares", "/wares/{sku}")} <= asking
    for name in asking:  # each was called with a token, without one, and with a wrong one
        assert report.fine(name), name
        assert report.answers[name, 401] >= 2, name
