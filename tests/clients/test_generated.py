"""What `make client` writes is what is kept, and each request of the collection does its work."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.clients.conftest import FIRST, Api
from tests.engines import ROOT
from tests.issuing import Issuing
from tests.resources import described
from tests.serving import serving
from tests.targets import Configure, Target
from tools.clients import command, document, postman, programs

pytestmark = FIRST
COLLECTION = ROOT / command.COLLECTION
STALE = "The views have changed: make client"


@pytest.mark.slow
def test_what_is_kept_is_what_the_views_give() -> None:
    for path, text in command.made(document.of_this()).items():
        assert (ROOT / path).read_text() == text, STALE


@pytest.mark.slow
def test_a_running_api_gives_the_same(served: Api) -> None:
    """But for its own name for where it is, and the tests' resource that it has besides."""
    own, given = document.of_this(), document.of(f"{served.url}/")
    assert own["paths"].keys() == {path for path in given["paths"] if "/wares" not in path}
    assert own["paths"]["/health"] == given["paths"]["/health"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense"])
def test_no_api_is_one_line(url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.clients", "--url", url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"There is no document at {url}/openapi.json: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_each_request_does_its_work(api: Api, tmp_path: Path) -> None:
    folder = programs.installed(COLLECTION.parent)
    report = tmp_path / "report.json"
    options = ["--reporters", "json", "--reporter-json-export", str(report)]
    where = ["--env-var", f"baseUrl={api.url}"]
    for _ in range(2):  # it can be run again
        programs.run(folder, "newman", "run", COLLECTION.name, *where, *options)
        ran = json.loads(report.read_text())["run"]
        told = [(one["item"]["name"], one["response"]["code"]) for one in ran["executions"]]
        assert told == [
            (operation["summary"], int(min(operation["responses"])))
            for operation in in_order(document.of_this())
        ]
        assert ran["failures"] == []
    for resource in described().values():
        assert Target("", api.url, api.client).items(resource.table) == []


@pytest.mark.slow
@pytest.mark.users
@pytest.mark.in_process
@pytest.mark.parametrize("given", [True, False])
def test_they_carry_a_token(
    target: Target, configure: Configure, tmp_path: Path, given: bool
) -> None:
    folder, report = programs.installed(COLLECTION.parent), tmp_path / "report.json"
    options = ["--reporters", "json", "--reporter-json-export", str(report), "--folder", "users"]
    with Issuing() as issuer, serving(target) as url:
        configure(**issuer.settings)
        token = issuer.token() if given else ""
        where = [
            "--env-var",
            f"baseUrl={url}",
            "--env-var",
            f"token={token}",
            "--suppress-exit-code",
        ]
        programs.run(folder, "newman", "run", COLLECTION.name, *where, *options)
    ran = json.loads(report.read_text())["run"]["executions"]
    codes = [one["response"]["code"] for one in ran]
    assert codes == ([201, 200, 200, 200, 200, 204] if given else [401] * 6)


def in_order(given: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations as the collection has them, found by their test's name."""
    by_id = {
        operation["operationId"]: operation
        for operations in given["paths"].values()
        for operation in operations.values()
    }
    folders = json.loads(COLLECTION.read_text())["item"]
    kept = [item for folder in folders for item in folder["item"]]
    assert len(kept) == len(by_id)
    return [by_id[item["event"][0]["script"]["exec"][0].split('"')[1]] for item in kept]


@pytest.mark.in_process
def test_a_resource_of_another_name_and_key(target: Target) -> None:
    """Wares have a key of their own, decimals and lists: the document is all that is known."""
    given = postman.collection(target.session.get(f"{target.base_url}/openapi.json").json())
    folder = next(folder for folder in given["item"] if folder["name"] == "wares")
    made, listed, got, replaced, changed, deleted = folder["item"]
    body = made["request"]["body"]["raw"].replace("{{$guid}}", uuid4().hex)
    answer = target.session.post(f"{target.base_url}/wares", json=json.loads(body))
    assert answer.status_code == 201, answer.text
    assert [header["key"] for header in made["request"]["header"]] == [
        "Idempotency-Key",
        "Content-Type",
    ]
    assert listed["request"]["url"]["raw"] == "{{baseUrl}}/wares?limit=20"
    assert {got["request"]["url"]["raw"], deleted["request"]["url"]["raw"]} == {
        "{{baseUrl}}/wares/{{wares_sku}}"
    }
    assert (
        '  pm.collectionVariables.set("wares_sku", item["sku"]);'
        in made["event"][0]["script"]["exec"]
    )
    sent = {h["key"]: h["value"] for h in replaced["request"]["header"] if not h.get("disabled")}
    assert sent["If-Match"] == '"{{wares_etag}}"'
    assert json.loads(changed["request"]["body"]["raw"]) == {"title": "Title II"}
    assert deleted["request"]["method"] == "DELETE"
