"""Options and fixtures: `pytest --target moto --target dynoxide`; all but `url` by default."""

import os
import signal
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

if not all(find_spec(name) for name in ("chalice", "hypothesis", "moto", "requests")):
    sys.exit("Not installed in this Python: make install, then .venv/bin/pytest")

from _pytest.nodeid import NodeId
from hypothesis import settings

from chalicekit.table import TABLES
from tests.engines import ENGINES, Engine
from tests.resources import described, wrong
from tests.resources.wares import WARES
from tests.targets import TARGETS, Configure, Target, forget, reread

pytest_plugins = ["tests.images.plugin"]

# The same examples each time, so that a failure on one machine is a failure on all.
settings.register_profile("api", max_examples=15, deadline=None, derandomize=True, database=None)
settings.load_profile("api")

SECURITY = Path(__file__).parent / "security"
ON_ENGINES = {Path(__file__).parent / name for name in ("failure", "concurrency", "paging")}

IN_PROCESS = {"moto", "moto-owned", "moto-url"}  # where what a test starts is this process
IMAGES = {name for name in TARGETS if name.startswith("image")}  # the project, and tests/beside.py
LOCAL = {name for name in TARGETS if name not in ("deployed", "url")}
# Where tests that are marked so, or want wares, do not run.
NOT = {
    "tables": {"url"},
    "ours": {"url"},
    "wares": {"deployed", "url", *IMAGES},
    "beside": {"url"},
    "no_gateway": {"deployed", "url"},
    "unlike_aws": {"deployed"},
    "configures": {*TARGETS} - IN_PROCESS,
    "in_process": {*TARGETS} - {"moto"},
    "scans": {"moto-owned"},
    "mails": {"url"},
    "at_once": {*TARGETS} - {"ministack", "dynoxide", "served"},
    "fuzz": {*TARGETS} - {"ministack"},
    "gateway": LOCAL,
    "aws": {*TARGETS} - {"url"},
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--target",
        action="append",
        choices=list(TARGETS),
        help="where the contract suite runs; may be given again (default: all but `url`, "
        "or only `url` where BASE_URL is set)",
    )


def pytest_configure(config: pytest.Config) -> None:
    # By default it ends this process at once, and leaves servers and engines behind.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("SIGTERM", returncode=143))
    # Ignored in a shell's background, and then by all that tests start and press Ctrl-C for.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # behind nohup, likewise
    for line in (
        "tables: reads or writes the tables directly",
        "ours: wants settings of ours: those of an API at BASE_URL are its own",
        "no_gateway: API Gateway answers this by itself",
        "unlike_aws(how): the emulated API Gateway does it otherwise than AWS's",
        "one_engine: about what the app does with an answer, whichever engine gave it",
        "configures: changes the app's settings, so it runs in this process only",
        "in_process: wants the request handler of `chalice local` in this process: moto only",
        "scans: wants lists that hold what has no created_at; those of owned items never do",
        "at_once: sends many requests at once, of which moto loses updates",
        "fuzz: makes up some thousand requests, which the local server of `make run` takes best",
        "mails: looks at the mails that were sent, or sends some",
        "users: tells of users, and is dropped where an API has none",
        "wares: wants the tests' own resource, and is dropped where they do not mount it",
        "beside: wants the routes of tests/beside.py, which an API at BASE_URL does not have",
        "gateway: behind API Gateway, or what imitates it: targets `deployed` and `url`",
        "own_replies: about what API Gateway answers by itself, which a function URL does not",
        "aws: only a real deployment can show it; `make verify URL=` does",
        "asks: wants an API that asks for tokens, and TOKEN; `make verify URL= TOKEN=` does",
        "account: looks at the account behind the API; `make verify URL= STAGE=` does",
    ):
        config.addinivalue_line("markers", line)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop with a line where what describes a resource is wrong: hundreds of tests would fail."""
    if chosen(session.config) != ["url"] and (lines := wrong()):
        raise pytest.UsageError("\n".join(lines))


def chosen(config: pytest.Config) -> list[str]:
    url = bool(os.environ.get("BASE_URL"))
    default = [name for name in TARGETS if (name == "url") == url]
    names: list[str] = config.getoption("--target") or default
    return names


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = chosen(metafunc.config)
    if "target" in metafunc.fixturenames:
        metafunc.parametrize("target", names, indirect=True, scope="session")
    if "engine" in metafunc.fixturenames:
        names = [name for name in ENGINES if name in names]
        if metafunc.definition.get_closest_marker("one_engine"):
            names = names[-1:]
        metafunc.parametrize("engine", names, indirect=True, scope="session")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what is about engines where none is asked for."""
    asked = set(chosen(config)) & set(ENGINES)
    return True if collection_path in ON_ENGINES and not asked else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop, not skip, what a target cannot run: nothing is missing that someone could install."""
    kept = [item for item in items if _runs(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _runs(item)])
    items[:] = kept
    # As xdist does for marked tests, and where pytest 9.2 reads it: pytest-xdist's issue 1386.
    for item in items if getattr(config.option, "loadgroup", False) else []:
        item._id = NodeId.parse(f"{item.nodeid}@{_together(item)}")


def _together(item: pytest.Item) -> str:
    """The tests that share what is started for them: `make test` runs each group in one process."""
    callspec = getattr(item, "callspec", None)
    params = callspec.params if callspec else {}
    if "package" in getattr(item, "fixturenames", ()):
        return "package"
    started = params.get("target") or params.get("engine")
    if started is None or started in IN_PROCESS:  # nothing
        return str(item.path)
    # A target takes up to a minute to start, an engine a second.
    return f"{item.path.parent.name} on {started}" if "engine" in params else f"on {started}"


def without_gateway(url: str) -> bool:
    """Whether this is a function URL: nothing before the function gives replies of its own."""
    return ".lambda-url." in (urlsplit(url).hostname or "")


def _runs(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    params = callspec.params if callspec else {}
    asked = getattr(item, "fixturenames", ())
    marks = {mark.name for mark in item.iter_markers()}
    if "users" in {*asked, *marks} and "users" not in described():
        return False
    if "account" in marks and not os.environ.get("VERIFIED_STAGE"):
        return False
    if "own_replies" in marks and without_gateway(os.environ.get("BASE_URL", "")):
        return False
    if "asks" in marks and not os.environ.get("TOKEN"):
        return False
    resource = params.get("resource") or described().get("users")
    if "scans" in marks and any(t.owned for t in TABLES if resource and t.name == resource.table):
        return False  # somebody has made it so
    if "wares" in asked or params.get("resource") is WARES:
        marks.add("wares")
    target = params.get("target", "moto")
    if target == "moto-owned" and SECURITY in item.path.parents:
        return False  # it has callers of its own
    return not any(target in NOT.get(mark, ()) for mark in marks)


@pytest.fixture(scope="session")
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    with TARGETS[request.param](tmp_path_factory.mktemp(request.param)) as started:
        yield started


@pytest.fixture
def configure() -> Iterator[Configure]:
    """Change the app's settings for one test marked `configures`: `configure(ORIGINS="*")`.

    A setting of None is taken out of the environment.
    """
    changed: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:

        def change(**values: str | None) -> None:
            for name, value in values.items():
                if value is None:
                    patch.delenv(name, raising=False)
                else:
                    patch.setenv(name, value)
            changed.update(values)
            again()

        def again() -> None:
            reread() if not any(name.startswith("AWS_") for name in changed) else forget()

        yield change
    again()


@pytest.fixture(scope="session")
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Each engine that was asked for, without an app."""
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as started:
        yield started
