"""Options and fixtures: `pytest --target moto --target dynoxide`; all but `url` by default."""

import os
import signal
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

if not all(find_spec(name) for name in ("chalice", "hypothesis", "moto", "requests")):
    sys.exit("Not installed in this Python: make install, then .venv/bin/pytest")

import botocore.session
from _pytest.nodeid import NodeId
from hypothesis import settings

from tests.collected import BROWSERS, grouped, once, runs
from tests.engines import ENGINES, Engine
from tests.resources import wrong
from tests.targets import TARGETS, Configure, Target, forget, reread

pytest_plugins = ["pytester", "tests.images.plugin"]

# The same examples each time, so that a failure on one machine is a failure on all.
settings.register_profile("api", max_examples=15, deadline=None, derandomize=True, database=None)
settings.load_profile("api")

ON_ENGINES = {Path(__file__).parent / name for name in ("failure", "concurrency", "paging")}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--target",
        action="append",
        choices=list(TARGETS),
        help="where the contract suite runs; may be given again (default: all but `url`, "
        "or only `url` where BASE_URL is set)",
    )
    parser.addoption(
        "--once",
        action="store_true",
        help="of each test only its first case, but all of those marked each_counts: for copies of "
        "the project that lack a module",
    )


def pytest_configure(config: pytest.Config) -> None:
    # By default it ends this process at once, and leaves servers and engines behind.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("SIGTERM", returncode=143))
    # Ignored in a shell's background, and then by all that tests start and press Ctrl-C for.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # behind nohup, likewise
    # A service's description is read once in a process: each client would read it anew, which is
    # most of what many a test takes.
    botocore.session.create_loader = cache(botocore.session.create_loader)
    for line in (
        "each_counts: cases are the project's own files, routes or settings; `--once` leaves all",
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


def pytest_itemcollected(item: pytest.Item) -> None:
    if BROWSERS & {*getattr(item, "fixturenames", ())}:
        item.add_marker(pytest.mark.browser)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what is about engines where none is asked for."""
    asked = set(chosen(config)) & set(ENGINES)
    return True if collection_path in ON_ENGINES and not asked else None


@pytest.hookimpl(trylast=True)  # after pytest's own order, which knows no groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop, not skip, what a target cannot run: nothing is missing that someone could install."""
    kept = [item for item in items if runs(item)]
    kept = once(kept) if config.getoption("--once") else kept
    config.hook.pytest_deselected(items=[*{*items} - {*kept}])
    items[:] = kept
    if not getattr(config.option, "loadgroup", False):
        return
    groups = grouped(kept)
    items[:] = [item for _, item in groups]
    # As xdist does for marked tests, and where pytest 9.2 reads it: pytest-xdist's issue 1386.
    for group, item in groups:
        if group != item.nodeid:
            item._id = NodeId.parse(f"{item.nodeid}@{group}")


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
