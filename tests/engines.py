"""DynamoDB engines for the tests: each a process of its own on a free loopback port.

    with dynoxide(tmp_path) as engine:
        engine.client().list_tables()

The state lies in the given directory, so that `engine.restart()` and `engine.kill()` show what
survives. The tables are made as soon as the engine answers, from infra/data.json.
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

from tests import wares
from tools.data.tables import buckets, tables

ROOT = Path(__file__).resolve().parent.parent
MINISTACK = ROOT / ".venv-ministack/bin/ministack"
DYNOXIDE = ROOT / "node_modules/@dynoxide/linux-x64/dynoxide"
APP: str = json.loads((ROOT / ".chalice/config.json").read_text())["app_name"]
STAGE = "local"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
REGION = "us-east-1"
START_SECONDS = 20.0


class Engine:
    """A running engine. After `kill()` or `stop()`, `restart()` brings it back on its port."""

    def __init__(self, command: list[str], env: dict[str, str], port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command, self._env, self._log = command, env, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the engine is not running")
        return self._process.pid

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=os.environ | self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until_answering(self._process, f"{self.url}/_ministack/health", self._log)

    def stop(self) -> None:
        """End it as Ctrl-C would, so that it keeps its state."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it if it runs; start it with the same state and port."""
        self.stop()
        self.start()

    def client(self, service: str = "dynamodb") -> Any:
        """A botocore client that never repeats a request, so a test sees every failure."""
        return botocore.session.Session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=64),
        )

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._process = None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until_answering(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return once `url` gives any HTTP answer; RuntimeError with the log's end when it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except urllib.error.HTTPError as answer:
            answer.close()  # An error is an answer too: the server is up.
            return
        except OSError:
            time.sleep(0.02)
        else:
            return
    process.kill()
    process.wait()
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text()[-2000:]}")


def required(binary: Path) -> str:
    if not binary.exists():
        name = binary.relative_to(ROOT)
        raise FileNotFoundError(f"{name} is missing: `make install` installs the test engines")
    return str(binary)


@contextmanager
def ministack(directory: Path, app: str = APP, stage: str = STAGE) -> Iterator[Engine]:
    """ministack, its tables made by CloudFormation, as a deployment makes them."""
    port = free_port()
    env = CREDENTIALS | {
        "BIND_HOST": "127.0.0.1",  # Its default is every interface.
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(directory / "ministack"),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }
    engine = Engine([required(MINISTACK)], env, port, directory / "ministack.log")
    with _running(engine):
        deploy_data(engine, app, stage)
        engine.client().create_table(**wares.table(app, stage))
        yield engine


@contextmanager
def dynoxide(directory: Path, app: str = APP, stage: str = STAGE) -> Iterator[Engine]:
    """dynoxide on SQLite; it has no CloudFormation, so the tables are created one by one."""
    port = free_port()
    command = [required(DYNOXIDE), "serve", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--db-path", str(directory / "dynoxide.db")]
    engine = Engine(command, {}, port, directory / "dynoxide.log")
    with _running(engine):
        create_tables(engine.client(), app, stage)
        yield engine


ENGINES = {"ministack": ministack, "dynoxide": dynoxide}


@contextmanager
def _running(engine: Engine) -> Iterator[None]:
    try:
        engine.start()
        yield
    finally:
        engine.stop()


def create_tables(client: Any, app: str = APP, stage: str = STAGE) -> None:
    for table in [*tables(app, stage), wares.table(app, stage)]:
        client.create_table(**table)


def create_buckets(client: Any, app: str = APP, stage: str = STAGE) -> None:
    for name in buckets(app, stage).values():
        client.create_bucket(Bucket=name)


def deploy_data(engine: Engine, app: str, stage: str) -> None:
    """Create the data stack and wait for it; RuntimeError with its reason when it fails."""
    client, name = engine.client("cloudformation"), f"{app}-{stage}-data"
    client.create_stack(
        StackName=name,
        TemplateBody=(ROOT / "infra/data.json").read_text(),
        Parameters=[
            {"ParameterKey": "App", "ParameterValue": app},
            {"ParameterKey": "Stage", "ParameterValue": stage},
        ],
    )
    deadline = time.monotonic() + START_SECONDS
    stack: dict[str, Any] = {"StackStatus": "CREATE_IN_PROGRESS"}
    while stack["StackStatus"] == "CREATE_IN_PROGRESS" and time.monotonic() < deadline:
        time.sleep(0.05)
        stack = client.describe_stacks(StackName=name)["Stacks"][0]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise RuntimeError(f"stack {name}: {stack['StackStatus']} {stack.get('StackStatusReason')}")
