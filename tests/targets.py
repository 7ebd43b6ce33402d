"""What the contract suite runs on: a base URL, a session to call it with, and maybe its tables.

`moto` is the app in this process, through the request handler of `chalice local`, without a socket.
`moto-owned` is the same with tokens asked for, and every table `owned`: each request carries one.
`moto-url` is the app in this process, too, called with the events of a Lambda function URL.
`ministack` and `dynoxide` are `chalice local` in a process of its own on such an engine.
`served` is the app by plain HTTP on dynoxide: gunicorn, as a container has it.
`image-v1` and `image-v2` are the image's own entry point on dynoxide, called with the events of a
REST API with a greedy route, and of a function URL.
`deployed` is the packaged API on a local AWS, with IAM enforced, behind an API Gateway.
`url` is any API that runs already, named by BASE_URL; its tables are out of reach.
"""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NoReturn, TypedDict
from urllib.parse import urljoin

import botocore.session
import pytest
import requests
from chalice.app import Chalice
from chalice.cli.factory import CLIFactory
from chalice.config import Config
from moto import mock_aws
from moto.moto_api._internal.models import moto_api_backend

from chalicekit import devserver, dynamodb, issuer, limits, mail, objects, settings
from chalicekit.call import ANONYMOUS
from chalicekit.table import TABLES
from tests import cloud, engines, promised, wares
from tests.images import project
from tests.images.front import Event, function_url, rest_api
from tests.images.store import opened, shared
from tests.issuing import Issuing
from tests.plain_http.server import serving
from tests.resources import Resource, described
from tests.resources.wares import WARES
from tests.wire import AsUrl, InProcess
from tools import bearer
from tools.data.tables import buckets


def direct_session() -> requests.Session:
    """A session that looks at neither proxies nor .netrc of this machine."""
    session = requests.Session()
    session.trust_env = False
    return session


Configure = Callable[..., None]  # what the fixture `configure` gives


BESIDE = ("S3", "SESV2")  # the services that an API uses beside DynamoDB


class Seen(TypedDict):
    """What a Target has of the engines that an API is on."""

    client: Any
    aws: Callable[[str], Any]
    services: str


def _none(service: str) -> NoReturn:
    raise RuntimeError(f"nothing of {service} can be seen here")


@dataclass(frozen=True)
class Target:
    """An API under test. `client` is direct access to its DynamoDB, None where there is none."""

    name: str
    base_url: str
    client: Any = None
    session: requests.Session = field(default_factory=direct_session)
    stage: str = engines.STAGE
    gateway: bool = False  # an API Gateway is before it, and wares are not mounted
    lag: float = 0.0  # seconds by which an index may follow its table
    owner: str = ANONYMOUS  # to whom belongs what tests write past the API, where it is owned
    aws: Callable[[str], Any] = field(default=_none)  # a client of another service that it uses
    services: str = ""  # the address of the ministack that serves these; "" where moto does

    @property
    def resources(self) -> list[Resource]:
        return [found for found in described().values() if not (self.gateway and found is WARES)]

    def table(self, name: str) -> str:
        return f"{engines.APP}-{self.stage}-{name}"

    def items(self, name: str) -> list[dict[str, Any]]:
        """Everything in a table, as DynamoDB holds it."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.table(name))
        return [item for page in pages for item in page["Items"]]

    def put(self, table: str, /, **item: Mapping[str, Any]) -> None:
        """Write an item as other code would: in DynamoDB's notation, past the API."""
        whose = any(one.name == table and one.owned for one in TABLES)
        owned = {"_table": {"S": f"{table}#{self.owner}"}} if whose else {}
        self.client.put_item(TableName=self.table(table), Item=item | owned)

    def clear(self, name: str, key: str) -> None:
        """Delete everything in a table."""
        doomed = [{"DeleteRequest": {"Key": {key: item[key]}}} for item in self.items(name)]
        for start in range(0, len(doomed), 25):
            asked = {self.table(name): doomed[start : start + 25]}
            left = self.client.batch_write_item(RequestItems=asked)["UnprocessedItems"]
            assert not left


@contextmanager
def in_process(**env: str) -> Iterator[tuple[Chalice, Config]]:
    """The app with the local stage's settings in this process; `env` says where its data is."""
    config = CLIFactory(str(engines.ROOT), environ={}).create_config_obj(
        chalice_stage_name=engines.STAGE
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
            patch.delenv(name)
        region = {"AWS_DEFAULT_REGION": engines.REGION, "AWS_REGION": engines.REGION}
        names = config.environment_variables | engines.CREDENTIALS | region | env
        for name, value in names.items():
            patch.setenv(name, value)
        forget()
        yield loaded(), config
    forget()


@cache
def loaded() -> Chalice:
    """The app with wares, once in a process: registering again would change its routes."""
    app: Chalice = importlib.import_module("app").app
    wares.mount(app)
    devserver.install()
    return app


def forget() -> None:
    """Drop what the kit keeps between requests, so that it reads the environment again."""
    reread()
    dynamodb.reset()
    mail.reset()
    objects.reset()


def reread() -> None:
    """As `forget`, but for the client of DynamoDB: making one takes longer than most tests."""
    settings.reset()
    limits.reset()
    issuer.reset()


def own(patch: pytest.MonkeyPatch) -> None:
    """Let every table be as if it had been made with `owned=True`."""
    for table in TABLES:
        patch.setattr(table.owners, "owned", True)


@contextmanager
def moto(_: Path, name: str = "moto") -> Iterator[Target]:
    with fresh(), in_process() as (app, config):
        aws = partial(botocore.session.Session().create_client, region_name=engines.REGION)
        client = aws("dynamodb")
        _fill(client)
        target = Target(name, "http://127.0.0.1", client, aws=aws)
        judge = promised.keep
        to_app = InProcess(app, config, judge) if name == "moto" else AsUrl(app, judge=judge)
        target.session.mount(target.base_url, to_app)
        _on_moto.append(client)
        yield target
        _on_moto.remove(client)


@contextmanager
def owned(directory: Path) -> Iterator[Target]:
    """Nothing that the contract promises is otherwise where items belong to callers."""
    with Issuing() as issuer, pytest.MonkeyPatch.context() as patch, moto(directory) as target:
        own(patch)
        for name, value in issuer.settings.items():
            patch.setenv(name, value)
        forget()
        target.session.headers.update(issuer.bearer("ada"))
        yield replace(target, name="moto-owned", owner="ada")


_on_moto: list[Any] = []  # a client of each target on moto that is in use


@contextmanager
def fresh() -> Iterator[None]:
    """An AWS of moto's with nothing in it: there is one in a process, however often it is begun.

    The targets that use it meanwhile have their tables again afterwards, empty.
    """
    with mock_aws():
        moto_api_backend.reset()
        try:
            yield
        finally:
            moto_api_backend.reset()
            for client in _on_moto:
                _fill(client)


def _fill(client: Any) -> None:
    engines.create_tables(client)
    s3 = botocore.session.Session().create_client("s3", region_name=engines.REGION)
    engines.create_buckets(s3)


@contextmanager
def ministack(directory: Path) -> Iterator[Target]:
    """`chalice local` on ministack, both processes of their own."""
    with engines.ministack(directory) as engine, server(engine.url, directory) as url:
        yield Target("ministack", url, engine.client(), aws=engine.client, services=engine.url)


@contextmanager
def on_dynoxide(
    directory: Path, stage: str = engines.STAGE
) -> Iterator[tuple[Seen, dict[str, Any]]]:
    """Dynoxide, with ministack beside it for what is no DynamoDB.

    Gives what tests see of both, and the settings that lead an API to them.
    """
    with (
        engines.dynoxide(directory, stage=stage) as engine,
        engines.ministack(directory, stage=stage) as beside,
    ):
        seen: Seen = {"client": engine.client(), "aws": beside.client, "services": beside.url}
        others = {f"AWS_ENDPOINT_URL_{name}": beside.url for name in BESIDE}
        yield seen, {"AWS_ENDPOINT_URL": engine.url} | others


@contextmanager
def dynoxide(directory: Path) -> Iterator[Target]:
    """`chalice local` on dynoxide, both processes of their own."""
    with (
        on_dynoxide(directory) as (seen, env),
        server(env.pop("AWS_ENDPOINT_URL"), directory, **env) as url,
    ):
        yield Target("dynoxide", url, **seen)


@contextmanager
def server(engine_url: str, directory: Path, **env: str) -> Iterator[str]:
    """Serve the app with wares on that engine; gives the base URL. `env` adds settings."""
    with server_process(engine_url, directory, **env) as (url, _):
        yield url


@contextmanager
def server_process(
    engine_url: str, directory: Path, module: str = "tests.serve", **env: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """As `server`, with the process, for tests that end it; `module` is Chalice's command line."""
    port = engines.free_port()
    command = [sys.executable, "-m", module, "local", "--stage", engines.STAGE]
    command += ["--no-autoreload", "--port", str(port)]
    names = {"AWS_ENDPOINT_URL": engine_url, "AWS_DEFAULT_REGION": engines.REGION}
    log = directory / f"server-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=engines.ROOT,
            env=os.environ | engines.CREDENTIALS | names | {"LOCAL_AWS": "off"} | env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        engines.until_answering(process, f"{url}/health", log)
        yield url, process
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def served(directory: Path) -> Iterator[Target]:
    """`python -m chalicekit.serve` on an engine, both processes of their own."""
    with on_dynoxide(directory) as (seen, env), serving(directory, **env) as server:
        yield Target("served", server.url, **seen)


def _let_plain_http(s3: Any) -> None:
    """Take the policies away that let buckets be reached by HTTPS alone: ours has none."""
    for name in buckets(engines.APP, cloud.STAGE, cloud.ACCOUNT).values():
        s3.delete_bucket_policy(Bucket=name)


@contextmanager
def deployed(directory: Path) -> Iterator[Target]:
    """The project as it is, deployed by the real command, and called as its users call it."""
    with cloud.cloud(directory / "aws") as aws:
        clone = cloud.deployable(directory / "clone")
        cloud.set_beside(clone)
        done = cloud.deploy(aws, clone)
        assert done.returncode == 0, done.stdout + done.stderr
        _let_plain_http(aws.client("s3"))
        url = aws.address(aws.outputs()["RestAPIId"])
        yield Target(
            "deployed",
            url,
            aws.client("dynamodb"),
            aws.session(),
            cloud.STAGE,
            gateway=True,
            aws=aws.client,
            services=aws.url,
        )


@contextmanager
def image(event: Event, directory: Path) -> Iterator[Target]:
    """The image, as Lambda runs it: see tests/images. A stage's address is that of a gateway."""
    store = opened(shared(directory.parent))
    with (
        on_dynoxide(directory, cloud.STAGE) as (seen, env),
        project.called(store, directory, event, **env, **engines.CREDENTIALS) as url,
    ):
        name = "image-v1" if event is rest_api else "image-v2"
        yield Target(name, url, stage=cloud.STAGE, gateway=True, **seen)


@contextmanager
def url(_: Path) -> Iterator[Target]:
    target = Target("url", os.environ["BASE_URL"].rstrip("/"), gateway=True, lag=1.0)
    made: set[str] = set()

    def note(answer: requests.Response, **_: Any) -> None:
        if answer.status_code == 201:
            made.add(urljoin(answer.url, answer.headers["Location"]))

    target.session.hooks["response"].append(note)
    target.session.headers.update(bearer.headers())
    yield target
    for address in made:  # it is somebody's API: what the tests made there goes again
        target.session.delete(address, timeout=30)


TARGETS: dict[str, Callable[[Path], AbstractContextManager[Target]]] = {
    "moto": moto,
    "moto-owned": owned,
    "moto-url": partial(moto, name="moto-url"),
    "ministack": ministack,
    "dynoxide": dynoxide,
    "served": served,
    "image-v1": partial(image, rest_api),
    "image-v2": partial(image, function_url),
    "deployed": deployed,
    "url": url,
}
