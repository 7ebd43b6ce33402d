"""What pytest is told about images, and about groups."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.engines import ROOT
from tests.images import store


def collected(tmp_path: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """pytest where neither buildah nor busybox is."""
    (tmp_path / "env").symlink_to("/usr/bin/env")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=kept | {"PATH": str(tmp_path), "CI": ""} | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_without_buildah_they_are_dropped_with_a_line(tmp_path: Path) -> None:
    done = collected(tmp_path, "tests/images/test_store.py")
    assert done.returncode == 0, done.stdout  # one there needs no image
    assert "4 tests of images were dropped: apt-get install buildah busybox-static" in done.stdout


@pytest.mark.slow
def test_without_buildah_they_fail_in_ci(tmp_path: Path) -> None:
    done = collected(tmp_path, "tests/images/test_store.py", CI="true")
    assert done.returncode == 1, done.stdout
    assert "4 errors" in done.stdout
    assert "Images cannot be made here: apt-get install buildah busybox-static" in done.stdout


def test_nothing_is_missing_where_everything_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert store.missing() == ""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert store.missing() == "apt-get install buildah busybox-static"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert store.missing() == "they run on Linux alone"


def test_what_linux_alone_has_wheels_for_is_asked_for_nowhere_else() -> None:
    (line,) = re.findall(r"(?m)^awslambdaric.*", (ROOT / "requirements-dev.txt").read_text())
    marker = Requirement(line).marker
    assert marker
    assert not marker.evaluate({"sys_platform": "darwin"})
    assert marker.evaluate({"sys_platform": "linux"})


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="only with -n")
def test_xdist_knows_the_group(request: pytest.FixtureRequest) -> None:
    """It went by a name that pytest 9.2 no longer reads: each process started everything then."""
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith(f"@{Path(__file__)}")
