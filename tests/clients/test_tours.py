"""The same tour in TypeScript, Python and by curl, on a live API, and on a bad network."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.clients.conftest import FIRST, Api
from tests.clients.flaky import Flaky
from tests.engines import ROOT
from tests.issuing import Issuing
from tests.serving import serving
from tests.targets import Configure, Target
from tools.clients import programs

pytestmark = [pytest.mark.users, pytest.mark.slow, FIRST]
TOLD = """\
created: Ada, Grace, Mary, Joan, Lise
refused: 422: /email invalid, /name too_short
taken: 409: /email taken
page: Lise, Joan
page: Mary, Grace
page: Ada
renamed: Ada King
conflict: name is Ada Byron here, Ada King there
merged: Ada Byron King
with a key: Hedy made
with a key: Hedy the first answer again
deleted: 0 left
"""
RENAME = """
import { createClient, currentOf, differences } from %s;
const answer = await createClient({ baseUrl: %s }).PATCH("/users/{id}", {
  params: { path: { id: "ada" }, header: { "If-Match": '"%s"' } },
  body: { name: "Ada King" },
});
console.log(answer.response.status, differences({ name: "Ada King" }, currentOf(answer.error)));
"""
NO_TOOLS = not (shutil.which("curl") and shutil.which("jq"))
TOURS = pytest.mark.parametrize(
    "tour",
    [
        "typescript",
        "python",
        pytest.param("curl", marks=pytest.mark.skipif(NO_TOOLS, reason="no curl, or no jq")),
    ],
)


@pytest.fixture
def command(tour: str, request: pytest.FixtureRequest) -> list[str]:
    if tour == "typescript":
        build: Path = request.getfixturevalue("build")
        return ["node", str(build / "tour.js")]
    if tour == "python":
        return [sys.executable, str(ROOT / "examples/python/tour.py")]
    return ["sh", str(ROOT / "examples/curl/tour.sh")]


def told(command: list[str], url: str, **env: str) -> str:
    done = subprocess.run(
        command,
        env=programs.environment(URL=url, NO_PROXY="*", **env),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


@TOURS
def test_it_tells_what_happens(api: Api, command: list[str]) -> None:
    assert told(command, api.url) == TOLD
    assert told(command, api.url) == TOLD, "it left something behind"


@TOURS
def test_a_bad_network_changes_nothing(api: Api, command: list[str]) -> None:
    with Flaky(api.url) as flaky:
        assert told(command, flaky.url) == TOLD
    assert flaky.lost == 1
    assert flaky.busy >= 2


def test_a_write_whose_answer_was_lost_is_known_by_what_is_there(api: Api, build: Path) -> None:
    """The second try of a conditional write meets the first one's revision: a 412, and no fault."""
    body = {"id": "ada", "name": "Ada", "email": "ada@example.org"}
    etag = requests.post(f"{api.url}/users", json=body, timeout=30).json()["etag"]
    with Flaky(api.url, "PATCH", 1) as flaky:
        program = RENAME % (json.dumps(str(build / "client.js")), json.dumps(flaky.url), etag)
        assert told(["node", "--input-type=module", "-e", program], "") == "412 {}\n"
    assert flaky.lost == 1
    assert requests.get(f"{api.url}/users/ada", timeout=30).json()["name"] == "Ada King"


@TOURS
@pytest.mark.in_process
def test_it_sends_a_token(target: Target, configure: Configure, command: list[str]) -> None:
    with Issuing() as issuer, serving(target) as url:
        configure(**issuer.settings)
        assert told(command, url, TOKEN=issuer.token()) == TOLD
