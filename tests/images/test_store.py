"""The store of the tests: what is in it, and who may use it at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines import ROOT
from tests.images import standin
from tests.images.store import REAL, Store, base_name, opened, take

PRINTS = "import os, sys; print(sys.version_info[:2], os.getuid(), sys.executable)"
OPENS = """
import sys
from pathlib import Path
from tests.images import store

store.KEPT, made, make = Path(sys.argv[1], "kept"), [], store.make
store.make = lambda *arguments: made.append(make(*arguments))
opened = store.opened(Path(sys.argv[1], sys.argv[2]))
print(bool(made), opened.buildah("images", "--quiet", store.base_name()))
"""


def test_the_base_has_the_python_that_runs_the_tests(store: Store) -> None:
    container = store.buildah("from", "--pull-never", base_name())
    said = store.buildah("run", "--user", "993:990", container, "--", "python", "-c", PRINTS)
    assert said == f"{sys.version_info[:2]} 993 /var/lang/bin/python"


def test_the_base_brings_no_package_that_an_image_could_rely_on(store: Store) -> None:
    container = store.buildah("from", "--pull-never", base_name())
    code = "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()))"
    assert store.buildah("run", container, "--", "python", "-c", code) == "pip"


def test_the_base_is_made_once(store: Store, tmp_path: Path) -> None:
    """Whoever comes first makes it, others wait for it, and all have the same."""
    commands = [[sys.executable, "-c", OPENS, str(tmp_path), str(n)] for n in range(2)]
    env = os.environ | {"PYTHONPATH": "vendor"}
    started = [
        subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        for command in commands
    ]
    said = [process.communicate(timeout=60)[0].split() for process in started]
    assert sorted(made for made, _ in said) == ["False", "True"]
    assert len({image for _, image in said}) == 1


def test_what_is_built_stays_in_its_own_store(store: Store, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {base_name()}\nCOPY Dockerfile /var/task/\n")
    mine = opened(tmp_path / "store")
    mine.buildah("bud", "--tag", "mine-alone", str(tmp_path))
    assert "mine-alone" in mine.buildah("images")
    assert "mine-alone" not in store.buildah("images")


def test_a_real_base_has_the_names_of_the_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Dockerfile's, and that of a clone that is set to the Python of these tests."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(Store, "buildah", lambda _, *arguments: asked.append(arguments))
    monkeypatch.setenv(REAL, "real/python:3.9")
    take(Store(tmp_path, "vfs"), "lambda/python:3.9")
    tagged = {name for command, *names in asked if command == "tag" for name in names}
    version = standin.VERSION.removeprefix("python")
    assert tagged == {"real/python:3.9", "lambda/python:3.9", f"lambda/python:{version}"}
