"""`store` for tests, and what pytest says at the end of the tests that could not be run."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.images.store import Store, missing, opened, removed, shared

NOT_EXECUTED = "not executed"  # a property of a test: the step that the emulator left out
DROPPED = "image tests dropped"  # under this name a worker tells the process that reports


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A container store with the base image: one for all processes of a run."""
    if lacking := missing():
        pytest.fail(f"Images cannot be made here: {lacking}", pytrace=False)
    return opened(folder(tmp_path_factory))


def folder(factory: pytest.TempPathFactory) -> Path:
    return shared(factory.getbasetemp())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without buildah, drop what needs it; in CI it fails instead, where somebody would see it."""
    wanting = [item for item in items if wants_image(item)]
    for item in wanting:
        item.add_marker(pytest.mark.slow)
        item.add_marker(pytest.mark.timeout(300))  # the first one waits until the image is built
    dropped = {*wanting} if missing() and os.environ.get("CI") != "true" else set()
    items[:] = [item for item in items if item not in dropped]
    if dropped:
        config.hook.pytest_deselected(items=[*dropped])
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
    passed = terminalreporter.getreports("passed")
    steps = [
        value
        for report in passed
        for name, value in report.user_properties
        if name == NOT_EXECUTED and report.when == "call"
    ]
    if steps:
        terminalreporter.section("What the emulator did not execute of VIA=image")
        for step in steps:
            terminalreporter.write_line(f"- {step}")
