"""Which of the collected tests run, and which of them in one process, one after the other."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicekit.table import TABLES
from tests.resources import described
from tests.resources.wares import WARES
from tests.targets import TARGETS

SECURITY = Path(__file__).parent / "security"

BROWSERS = {"browser", "opened", "window"}  # fixtures that show a page
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


def runs(item: pytest.Item) -> bool:
    """Whether a test can run where it would: on its target, with its resource."""
    params, asked = _params(item), getattr(item, "fixturenames", ())
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
    if target == "moto-owned" and under(item, SECURITY):
        return False  # it has callers of its own
    return not any(target in NOT.get(mark, ()) for mark in marks)


def once(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The first case of each test, whatever its target and resource; all where `each_counts`."""
    seen, kept = set[tuple[Path, str]](), list[pytest.Item]()
    for item in items:
        test = (item.path, getattr(item, "originalname", item.name))
        if test not in seen or item.get_closest_marker("each_counts"):
            kept.append(item)
        seen.add(test)
    return kept


def grouped(items: Iterable[pytest.Item]) -> list[tuple[str, pytest.Item]]:
    """Each test with its group, which one process runs: what takes long is begun first.

    Otherwise one process has it still when the others have nothing left.
    """
    found = [(_together(item), item) for item in items]
    long = {group for group, item in found if _is_long(item)}
    return sorted(found, key=lambda each: each[0] not in long)


def under(item: pytest.Item, folder: Path) -> bool:
    """Whether a test is of this folder: pathlib takes a hundred times as long to say so."""
    return str(item.path).startswith(f"{folder}{os.sep}")


def without_gateway(url: str) -> bool:
    """Whether this is a function URL: nothing before the function gives replies of its own."""
    return ".lambda-url." in (urlsplit(url).hostname or "")


def _together(item: pytest.Item) -> str:
    """The tests that share what is started for them."""
    params, asked = _params(item), getattr(item, "fixturenames", ())
    if "package" in asked:
        return "package"
    started = _started(item)
    if started:  # A target takes up to a minute to start, an engine a second.
        return f"{item.path.parent.name} on {started}" if "engine" in params else f"on {started}"
    if "clone" in asked and _is_slow(item) and _shares_nothing(item):
        return item.nodeid
    return str(item.path)


def _shares_nothing(item: pytest.Item) -> bool:
    """Whether all that is made for a test is made anew for it, or once for all tests.

    What a module makes would be made again in each process that runs a test of it.
    """
    info = getattr(item, "_fixtureinfo", None)  # pytest tells it nowhere else
    made = info.name2fixturedefs.values() if info else ()
    return {fixtures[-1].scope for fixtures in made} <= {"function", "session"}


def _is_long(item: pytest.Item) -> bool:
    return _is_slow(item) or bool(_started(item))


def _is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


def _started(item: pytest.Item) -> str:
    """The target or engine that is started for a test, in processes of its own; "" for none."""
    params = _params(item)
    started: str = params.get("target") or params.get("engine") or ""
    return "" if started in IN_PROCESS else started


def _params(item: pytest.Item) -> dict[str, Any]:
    callspec = getattr(item, "callspec", None)
    return callspec.params if callspec else {}
