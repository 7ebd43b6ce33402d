"""A `docker`, `podman` or `buildah` on PATH that notes what it is asked, and answers as told."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

# It notes its arguments, the variables that matter, and the files that these lead to.
SCRIPT = """#!{python} -S
import json, os, pathlib, shutil, sys
here = pathlib.Path({folder!r})
asked = {{"arguments": sys.argv[1:], "environment": dict(os.environ), "files": {{}}}}
paths = [os.environ.get("DOCKER_CONFIG", "") + "/config.json"]
paths += [value.partition("src=")[2] or value for value in sys.argv[1:]]
for path in map(pathlib.Path, paths):
    if path.is_file():
        about = {{"text": path.read_text(), "mode": oct(path.stat().st_mode & 0o777)}}
        asked["files"][path.name] = about
with (here / "asked").open("a") as file:
    file.write(json.dumps(asked) + "\\n")
answers = json.loads((here / "answers").read_text())
words = " ".join(sys.argv[1:])
for begins, (code, out, said, copied) in answers.items():
    if words.startswith(begins):
        if copied:
            target = [a for a in sys.argv if a.endswith(".tar") or "image.tar" in a][0]
            shutil.copyfile(copied, target.removeprefix("docker-archive:").partition(":")[0])
        sys.stdout.write(out)
        sys.stderr.write(said)
        sys.exit(code)
sys.exit(0)
"""


class FakeEngine:
    """The only program on PATH, beside git."""

    def __init__(self, name: str, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.name, self.folder = name, folder / f"fake-{name}"
        (self.folder / "bin").mkdir(parents=True)
        self._answers: dict[str, Any] = {}
        self.answers()
        program = self.folder / "bin" / name
        program.write_text(SCRIPT.format(python=sys.executable, folder=str(self.folder)))
        program.chmod(0o755)
        patch.setenv("PATH", f"{self.folder}/bin", prepend=os.pathsep)

    def answers(
        self, begins: str = "", code: int = 0, out: str = "", said: str = "", copied: str = ""
    ) -> None:
        """What commands that begin so end with, and print; the first one that fits."""
        if begins:
            self._answers = {begins: (code, out, said, copied)} | self._answers
        (self.folder / "answers").write_text(json.dumps(self._answers))

    def asked(self) -> list[dict[str, Any]]:
        """All that it was asked since the last time."""
        file = self.folder / "asked"
        if not file.exists():
            return []
        lines = file.read_text().splitlines()
        file.unlink()
        return [json.loads(line) for line in lines]

    def commands(self) -> list[str]:
        """The command lines of what it was asked."""
        return [" ".join([self.name, *each["arguments"]]) for each in self.asked()]
