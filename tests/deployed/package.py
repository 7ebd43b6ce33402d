"""A stage deployed with VIA=package, what it serves, and what there is of it."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess, Popen
from typing import Any

import pytest
import requests

from tests import cloud
from tests.clone import Clone
from tests.cloud import STAGE, Cloud
from tests.resources import Json

BUILT = f".local/build/{STAGE}/out"
ROUTE = """@app.route("/{0}")
def {0}() -> dict[str, str]:
    return {{"{0}": "{1}"}}


"""


@dataclass(frozen=True)
class State:
    """A stage at one time."""

    live: Json
    outputs: dict[str, str]
    url: str
    told: str
    versions: list[str]
    provisioned: int

    @property
    def version(self) -> str:
        found: str = self.live["FunctionVersion"]
        return found


@dataclass
class Package:
    """What a test does with a stage, and asks of it."""

    aws: Cloud
    clone: Clone
    session: requests.Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = self.aws.session()
        self.add("told", "first")
        self.add("leaving", "yes")

    def deploy(self, *arguments: str) -> str:
        """Deploy it; gives what is printed. It must end well."""
        return ended_well(cloud.deploy(self.aws, self.clone, *arguments))

    def make(self, *arguments: str) -> str:
        """`make ... STAGE=dev`; gives what is printed. It must end well."""
        target, *variables = arguments
        command = ("make", "--no-print-directory", target, f"STAGE={STAGE}", *variables)
        return ended_well(cloud.run(self.aws, self.clone, *command))

    def fail(self, *arguments: str) -> str:
        """Deploy what cannot be deployed; gives the line that it ends with."""
        return cloud.line(cloud.deploy(self.aws, self.clone, *arguments))

    def start(self) -> Popen[str]:
        return cloud.started(self.aws, self.clone, *cloud.deploying(self.clone))

    def edit(self, path: str, old: str, new: str) -> None:
        self.clone.edit(path, old, new)

    def add(self, route: str, word: str) -> None:
        """Add a route of the clone's own, for tests to change."""
        self.edit("app.py", "complete(app)", ROUTE.format(route, word) + "complete(app)")

    def remove(self, route: str, word: str) -> None:
        self.edit("app.py", ROUTE.format(route, word), "")

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.url + path, timeout=30, **options)

    @contextmanager
    def changed(self, path: str, old: str, new: str) -> Iterator[None]:
        """A change of the source that is taken back."""
        text = self.clone.text(path)
        self.edit(path, old, new)
        try:
            yield
        finally:
            self.clone.write(path, text)

    def told(self) -> str:
        """What the view answers."""
        response = self.send("GET", "/told")
        assert response.status_code == 200, response.text
        word: str = response.json()["told"]
        return word

    @property
    def url(self) -> str:
        return self.aws.address(self.outputs["RestAPIId"])

    @property
    def outputs(self) -> dict[str, str]:
        return self.aws.outputs()

    @property
    def function(self) -> str:
        return self.outputs["APIHandlerName"]

    def live(self) -> Json:
        """The alias."""
        found: Json = self.aws.client("lambda").get_alias(FunctionName=self.function, Name="live")
        return {key: value for key, value in found.items() if key != "ResponseMetadata"}

    def served(self) -> Json:
        """The configuration of the version that the alias leads to."""
        client, version = self.aws.client("lambda"), self.live()["FunctionVersion"]
        found: Json = client.get_function_configuration(
            FunctionName=self.function, Qualifier=version
        )
        return found

    def provisioned(self) -> int:
        """How many environments the alias keeps ready."""
        client = self.aws.client("lambda")
        try:
            found = client.get_provisioned_concurrency_config(
                FunctionName=self.function, Qualifier="live"
            )
        except client.exceptions.ProvisionedConcurrencyConfigNotFoundException:
            return 0
        number: int = found["RequestedProvisionedConcurrentExecutions"]
        return number

    def versions(self) -> list[str]:
        client = self.aws.client("lambda")
        found = client.list_versions_by_function(FunctionName=self.function)["Versions"]
        return [each["Version"] for each in found]

    def invoke(self, function: str, payload: Any, qualifier: str = "$LATEST") -> Json:
        """Call a function past the gateway; gives what it answers, or its error."""
        answer = self.aws.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps(payload), Qualifier=qualifier
        )
        told: Json = json.loads(answer["Payload"].read())
        return told

    def state(self) -> State:
        told, provisioned = self.told(), self.provisioned()
        return State(self.live(), self.outputs, self.url, told, self.versions(), provisioned)

    def built(self, name: str) -> Path:
        """A zip of the last build."""
        return self.clone.folder / BUILT / name


def printed(process: Popen[str], begin: str) -> None:
    """Return as soon as it has printed a line that begins so."""
    assert process.stdout
    for line in process.stdout:
        if line.startswith(begin):
            return
    pytest.fail(f"It ended without {begin}: {process.stderr and process.stderr.read()}")


def ended_well(done: CompletedProcess[str]) -> str:
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def sha256(data: bytes) -> str:
    """As Lambda tells it."""
    return b64encode(hashlib.sha256(data).digest()).decode()


def event(method: str, path: str, body: Json | None = None) -> Json:
    """What API Gateway sends to the function."""
    return {
        "requestContext": {"httpMethod": method, "resourcePath": path, "path": f"/api{path}"},
        "headers": {"content-type": "application/json"},
        "multiValueQueryStringParameters": None,
        "pathParameters": {},
        "stageVariables": None,
        "body": None if body is None else json.dumps(body),
    }
