"""`store` for tests, and what pytest says at the end of the tests that could not be run."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.images.store import Store, missing, opened, removed, shared

DROPPED = "image tests dropped"  # under this name a worker tells the process that reports


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A container store with the base image: one for all processes of a run."""
    if lacking := missing():
        pytest.fail(f"Images cannot be made here: {lacking}", pytrace=False)
    return opened(folder(tmp_path_factory))


def folder(factory: pytest.TempPathFactory) -> Path:
    return shared(factory.getbasetemp())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without buildah, drop what needs it; in CI it fails instead, where somebody would see it."""
    if not missing() or os.environ.get("CI") == "true":
        return
    dropped = [item for item in items if wants_image(item)]
    items[:] = [item for item in items if item not in dropped]
    config.hook.pytest_deselected(items=dropped)
    output(config)[DROPPED] = len(dropped)


def wants_image(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    target = callspec.params.get("target", "") if callspec else ""
    return target.startswith("image") or "store" in getattr(item, "fixturenames", ())


def output(config: pytest.Config) -> dict[str, Any]:
    """What this process tells the one that reports, which may be itself."""
    kept: dict[str, Any] = config.stash.setdefault(TOLD, {})
    return getattr(config, "workeroutput", kept)


TOLD = pytest.StashKey[dict[str, Any]]()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    output(node.config).update(getattr(node, "workeroutput", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Each image is a copy of all its files: do not keep them as pytest keeps other files."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        removed(folder(session.config._tmp_path_factory))  # type: ignore[attr-defined]  # pytest's own


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if count := output(config).get(DROPPED):
        terminalreporter.write_line(f"{count} tests of images were dropped: {missing()}")
