"""A local AWS that enforces IAM, and a clone of the project that is deployed to it.

    with cloud(tmp_path / "aws") as aws:
        clone = deployable(tmp_path / "clone")
        deploy(aws, clone)
        aws.session().get(aws.address(aws.outputs("users-api-dev")["RestAPIId"]) + "/users")

A function that runs there sees the standard library, its own files and its layer, nothing else.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from tests.clone import Clone
from tests.engines import APP, CREDENTIALS, REGION, ROOT, Engine, free_port, required
from tests.images import store
from tools.policies import policy
from tools.resources import edits

STAGE = "dev"
STACK = f"{APP}-{STAGE}"
ACCOUNT = "000000000000"  # ministack's
SECONDS = 100  # a command that takes longer hangs
ORIGINS = "http://localhost:*,http://127.0.0.1:*"


class Cloud(Engine):
    """A running local AWS; see tests/engines.py. Its own credentials may do everything."""

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that works on it: nothing of the developer's AWS."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MAKE"))}
        region = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
        nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        return kept | CREDENTIALS | region | nowhere | {"AWS_ENDPOINT_URL": self.url}

    def outputs(self, stack: str = STACK) -> dict[str, str]:
        """The outputs of a stack. An API's id is another one after some deploys: ask again."""
        (found,) = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return {pair["OutputKey"]: pair["OutputValue"] for pair in found.get("Outputs", [])}

    def address(self, api_id: str, stage: str = "api") -> str:
        """The base URL of an API, for `session`: by its host, as on AWS, so that links fit."""
        return f"http://{api_id}.execute-api.localhost:{urlsplit(self.url).port}/{stage}"

    def session(self) -> requests.Session:
        """Calls any host at this address: *.localhost is not known to every system."""
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", _At(self.url))
        return session


class _At(HTTPAdapter):
    """Connects to one address whatever the URL says, as `curl --connect-to` does."""

    def __init__(self, url: str) -> None:
        self._url = url
        super().__init__(pool_maxsize=64)

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> Any:
        return self.poolmanager.connection_from_url(self._url)

    def add_headers(self, request: requests.PreparedRequest, **_: Any) -> None:
        request.headers["Host"] = urlsplit(request.url or "").netloc


@contextmanager
def cloud(directory: Path) -> Iterator[Cloud]:
    """Start it, with nothing in it; whatever it keeps goes into `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    env = CREDENTIALS | {
        "AUTH": "true",  # calls need what IAM grants
        "BIND_HOST": "127.0.0.1",  # Its default is every interface.
        "GATEWAY_PORT": str(port),
        "STATE_DIR": str(directory / "state"),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }
    python = required(ROOT / ".venv-ministack/bin/python")
    command = [python, "-I", str(ROOT / "tests/cloud_server.py"), str(directory)]
    running = Cloud(command, env, port, directory / "aws.log")
    try:
        running.start()
        yield running
    finally:
        running.stop()
        store.removed(directory / "functions")  # images are large


def deployable(folder: Path, **environment: str) -> Clone:
    """A copy of the project whose stage dev deploys to any account, and serves without tokens.

    `environment` is set for its functions.
    """
    clone = Clone(folder, whole=True)
    fetched = ROOT / ".local/dependencies"  # by their content, for all clones
    fetched.mkdir(parents=True, exist_ok=True)
    (folder / ".local").mkdir()
    (folder / ".local/dependencies").symlink_to(fetched)
    config = json.loads(clone.text(".chalice/config.json"))
    stage = config["stages"][STAGE]
    for key in ("region", "account"):
        config.pop(key, None)
        stage.pop(key, None)
    # The emulator runs functions with the Python and on the machine that are here.
    config["python_version"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    config["lambda_architecture"] = "arm64" if platform.machine() == "aarch64" else "x86_64"
    variables = {k: v for k, v in stage["environment_variables"].items() if k[:6] != "TABLE_"}
    added = {"AUTH": "none", "ORIGINS": ORIGINS} | environment
    # What features are set to locally, they are here.
    local = config["stages"]["local"]
    stage["environment_variables"] = local["environment_variables"] | variables | added
    # The emulator throttles as told, and tests ask faster than people do.
    stage["parameters"] = (
        local.get("parameters", {})
        | stage.get("parameters", {})
        | {
            "ThrottleRate": 9000,
            "ThrottleBurst": 4000,
        }
    )
    clone.write(".chalice/config.json", json.dumps(config, indent=2))
    policy.update(clone.folder)  # the tables may have had other names
    return clone


def set_beside(clone: Clone) -> None:
    """Give a copy the routes of tests/beside.py, as one more of its modules."""
    clone.write("chalicelib/beside.py", (ROOT / "tests/beside.py").read_text())
    clone.write("app.py", edits.mounted(clone.text("app.py"), "beside"))


def configure(clone: Clone, **keys: Any) -> None:
    """Set keys of the clone's stage; those that are dictionaries are merged, None takes one out."""
    config = json.loads(clone.text(".chalice/config.json"))
    stage = config["stages"][STAGE]
    for key, value in keys.items():
        stage[key] = stage.get(key, {}) | value if isinstance(value, dict) else value
        if value is None:
            del stage[key]
    clone.write(".chalice/config.json", json.dumps(config, indent=2))


def deploy(
    aws: Cloud, clone: Clone, *arguments: str, via: str = "package", **env: str
) -> subprocess.CompletedProcess[str]:
    """`make deploy STAGE=dev` in the clone, without make."""
    return run(aws, clone, *deploying(clone, *arguments, via=via), **env)


def deploying(clone: Clone, *arguments: str, via: str = "package") -> list[str]:
    """The command, for `run` and `started`."""
    return [*python(clone), "tools.deploy", "--stage", STAGE, "--via", via, *arguments]


def python(clone: Clone) -> list[str]:
    """A command that runs a module of the clone."""
    return [str(clone.folder / ".venv/bin/python"), "-m"]


def run(aws: Cloud, clone: Clone, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command in the clone, connected to that AWS. `env` adds variables, "" takes one out."""
    process = started(aws, clone, *command, **env)
    try:
        out, err = process.communicate(timeout=SECONDS)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def started(aws: Cloud, clone: Clone, *command: str, **env: str) -> subprocess.Popen[str]:
    """As `run`, and not waited for."""
    names = aws.environment | {"PYTHON": "true"} | env  # PYTHON: nothing is to be installed
    return subprocess.Popen(
        command,
        cwd=clone.folder,
        env={name: value for name, value in names.items() if value},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line with which a command refused, or gave up; asserts that there is no more."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    (said,) = done.stderr.splitlines()
    return said
