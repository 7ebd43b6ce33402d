"""The example: its packages, what is built of it, and that on an origin of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines import ROOT
from tests.files import files_of
from tools import install

EXAMPLE = ROOT / "examples/react-admin"


def run(*command: str, **env: str) -> str:
    """What a command prints in the example's folder. It must end well."""
    # make install brings Node where the system has none.
    path = install.path()
    program = shutil.which(command[0], path=path)
    assert program, f"{command[0]} is missing: make install brings it where it is missing"
    done = subprocess.run(
        [program, *command[1:]],
        cwd=EXAMPLE,
        env=os.environ | {"PATH": path} | env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:]
    return done.stdout


@contextmanager
def built(api: str, folder: Path) -> Iterator[str]:
    """The admin for that API, served as files; gives its address."""
    run("npm", "run", "build", "--", "--outDir", str(folder), VITE_API_URL=api)
    with files_of(folder) as port:
        yield f"http://127.0.0.1:{port}/"
