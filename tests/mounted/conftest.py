"""The sites behind each way in: `site` is where they are, and a session that goes there."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from chalicekit import devserver
from chalicekit.api import Api
from tests import events
from tests.mounted import django_site, sites
from tests.plain_http.server import NOWHERE, serving
from tests.targets import direct_session, in_process, server_process
from tests.wire import AsUrl, InProcess

HOST = "site.example.org"
EVERY = re.compile(".*", re.DOTALL)  # our REST APIs have */* as a binary type


@dataclass
class Site:
    """A base URL; `prefix` is the path of it, such as that of a stage."""

    url: str
    prefix: str = ""
    session: requests.Session = field(default_factory=direct_session)
    origin: str = ""  # what a browser sends with a form

    def __post_init__(self) -> None:
        self.origin = self.origin or self.url

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.send("GET", path, **more)

    def post(self, path: str, **more: Any) -> requests.Response:
        return self.send("POST", path, **more)

    def send(self, method: str, path: str, **more: Any) -> requests.Response:
        """A redirect is not followed; `path` may be one that a page named, with the prefix."""
        headers = {"Origin": self.origin} | more.pop("headers", {})
        return self.session.request(
            method,
            self.url + path.removeprefix(self.prefix),
            headers=headers,
            timeout=30,
            allow_redirects=False,
            **more,
        )


def behind_a_stage(request: events.Request) -> dict[str, Any]:
    path = request.path.removeprefix("/dev") or "/"
    behind = events.Request(request.method, path, request.query, request.headers, request.body)
    return events.rest(behind, stage="dev", binary=EVERY)


@contextmanager
def in_this_process(kind: str, folder: Path) -> Iterator[Site]:
    env = {"MOUNTED_FOLDER": str(folder), "ORIGINS": f"http://127.0.0.1:*,https://{HOST}"}
    with in_process(AWS_ENDPOINT_URL=NOWHERE, **env) as (_, config):
        devserver.install()
        app = mounted()
        to_app = {
            "handler": InProcess(app, config),
            "function url": AsUrl(app),
            "rest": AsUrl(app, behind_a_stage),
        }[kind]
        prefix = "/dev" if kind == "rest" else ""
        site = Site(f"http://127.0.0.1{prefix}", prefix, origin="http://127.0.0.1")
        site.session.mount("http://127.0.0.1", to_app)
        if kind != "handler":  # a gateway, which speaks HTTPS alone
            site.origin = f"https://{HOST}"
            site.session.headers["Host"] = HOST
        django_site.elsewhere()
        yield site


_app: list[Api] = []


def mounted() -> Api:
    """An app with the sites alone, once in a process."""
    if not _app:
        _app.append(Api("mounted"))
        sites.mount(_app[0])
    return _app[0]


@contextmanager
def as_chalice_local(folder: Path) -> Iterator[Site]:
    env = {"MOUNTED_FOLDER": str(folder)}
    with server_process(NOWHERE, folder, "tests.mounted.serve", **env) as (url, _):
        yield Site(url)


@contextmanager
def as_plain_http(folder: Path) -> Iterator[Site]:
    with serving(folder, target="tests.mounted.app:app", MOUNTED_FOLDER=str(folder)) as server:
        yield Site(server.url)


SLOW = {"chalice local": as_chalice_local, "plain http": as_plain_http}
KINDS = [
    "handler",
    "function url",
    "rest",
    *(pytest.param(k, marks=pytest.mark.slow) for k in SLOW),
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Django is set up once in a process, so all that is in this one has the same."""
    return tmp_path_factory.mktemp("mounted")


@pytest.fixture(scope="module", params=KINDS)
def started(
    request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    kind = request.param
    site: AbstractContextManager[Site] = (
        SLOW[kind](tmp_path_factory.mktemp("process"))
        if kind in SLOW
        else in_this_process(kind, folder)
    )
    with site as found:
        yield found


@pytest.fixture
def site(started: Site) -> Site:
    """Without the cookies of the test before."""
    started.session.cookies.clear()
    return started
