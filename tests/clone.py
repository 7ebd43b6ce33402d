"""A copy of the project, for tests of what changes it."""

import io
import os
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from tests.engines import ROOT, free_port
from tools.renaming import names_in
from tools.resources import resource

INSTALLED = (".venv", ".venv-ministack", "node_modules")
TYPES = ".mypy_cache"
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"  # of the project; copies are thrown away
CACHES = ("__pycache__", ".*_cache", ".hypothesis")
# build: tests of the examples make it and delete it again, maybe while another copies.
LEFT_OUT = (".git", ".local", *CACHES, "build", "deployments", *INSTALLED)
# With what is compiled, but not what another process is just writing: x.pyc.1234.
COPIED = shutil.ignore_patterns(*(name for name in LEFT_OUT if name != "__pycache__"), "*.pyc.*")


class Clone:
    """A copy of the project, installed, on a port of its own; `whole`, or with users alone."""

    def __init__(self, folder: Path, *, whole: bool = False) -> None:
        self.folder, self.port = folder, free_port()
        shutil.copytree(ROOT, folder, ignore=COPIED)
        for installed in INSTALLED:
            (folder / installed).symlink_to((ROOT / installed).resolve())
        # PYTHON: what is installed is linked, so that nothing is to be installed.
        # Many processes begin with these sources: each would compile all of them once more.
        env = {k: v for k, v in os.environ.items() if k != NO_BYTECODE and k[:4] != "MAKE"}
        self.env = env | {"PYTHON": "true", "PORT": str(self.port)}
        # What the reader has made would be in the way of what tests make.
        for path in [] if whole else (folder / "chalicelib").glob("[!_]*.py"):
            if path.stem != "users" and names_in(path.read_text(), path.stem):
                self.tool("remove", path.stem, FORCE="1")

    def run(self, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.env | env,
            capture_output=True,
            text=True,
            check=False,
        )

    def tool(self, *arguments: str, **env: str) -> str:
        """What `python -m tools.resources` prints; here it runs in this process."""
        printed = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
            patch.setattr(resource, "ROOT", self.folder)
            for name, value in env.items():
                patch.setenv(name, value)
            resource.main(arguments)
        return printed.getvalue()

    def refused(self, *arguments: str, **env: str) -> str:
        """The line with which it refuses; asserts that nothing was changed."""
        before = self.tree()
        with pytest.raises(SystemExit) as raised:
            self.tool(*arguments, **env)
        assert self.tree() == before
        line = str(raised.value.code)
        assert re.fullmatch(r"[^\n]+\.", line), line
        return line

    def python(self, *arguments: str) -> str:
        """What a module such as pytest prints. It must end well."""
        done = self.run(sys.executable, "-m", *arguments)
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def mypy(self, *paths: str) -> None:
        """Check types. What the project's last check knew need not be read anew."""
        if (known := ROOT / TYPES).exists():
            shutil.copytree(known, self.folder / TYPES, dirs_exist_ok=True)
        self.python("mypy", *paths)

    def text(self, path: str) -> str:
        return (self.folder / path).read_text()

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a file, which must hold what is to be changed."""
        text = self.text(path)
        assert old in text, f"{path} does not hold {old}"
        self.write(path, text.replace(old, new))

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def tree(self) -> dict[str, bytes]:
        """Every file's bytes, but for what is ignored by git."""
        ignored = {*LEFT_OUT, TYPES, ".ruff_cache", ".pytest_cache"}
        paths = [path for path in self.folder.rglob("*") if path.is_file()]
        names = {path.relative_to(self.folder): path for path in paths}
        return {str(n): p.read_bytes() for n, p in names.items() if not ignored & set(n.parts)}
