"""`api`: a live API with empty tables. `build`: the TypeScript examples, compiled."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engines import ROOT
from tests.resources import described
from tests.targets import Target, on_dynoxide, server
from tools.clients import programs

FIRST = pytest.mark.timeout(300)  # the first test of all installs from npm
TYPESCRIPT = ROOT / "examples/typescript"


@dataclass(frozen=True)
class Api:
    url: str
    client: Any  # of its DynamoDB


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """`chalice local` on dynoxide, with mail and charts beside."""
    directory = tmp_path_factory.mktemp("clients")
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    sender = config["stages"]["local"]["environment_variables"].get("CONTACT_FROM")
    with on_dynoxide(directory) as (seen, env):
        if sender:
            seen["aws"]("sesv2").create_email_identity(EmailIdentity=sender)
        with server(env.pop("AWS_ENDPOINT_URL"), directory, **env) as url:
            yield Api(url, seen["client"])


@pytest.fixture
def api(served: Api) -> Api:
    for table, key in [("claims", "pk"), *((r.table, r.key) for r in described().values())]:
        Target("", served.url, served.client).clear(table, key)
    return served


@pytest.fixture(scope="session")
def build() -> Iterator[Path]:
    """The programs of examples/typescript, beside the packages that they import."""
    programs.installed(TYPESCRIPT)
    folder = TYPESCRIPT / f"build/test-{os.getpid()}"  # tests run side by side
    programs.run(TYPESCRIPT, "tsc", "--outDir", str(folder))
    yield folder
    shutil.rmtree(folder)
