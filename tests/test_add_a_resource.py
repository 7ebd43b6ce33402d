"""docs/add-a-resource.md, followed to the letter in a copy of the project."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clone import Clone
from tests.engines import ROOT, until_answering

DOCUMENT = ROOT / "docs/add-a-resource.md"
SHOWN_AT = "127.0.0.1:8000"
CHANGING = {  # what differs from run to run
    "urn:request:ID": r"urn:request:[\w-]+",
    "TIME": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "ETAG": r"[0-9a-f]{16}",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),  # it runs a part of the contract suite
    pytest.mark.skipif(shutil.which("curl") is None, reason="no curl is installed"),
    pytest.mark.users,
]


class Block(NamedTuple):
    """A block of the document, and the text before it since the last one."""

    before: str
    language: str
    text: str


def blocks(document: Path = DOCUMENT) -> list[Block]:
    pattern = r"(?ms)(.*?)^```(\w+)\n(.*?)^```$"
    return [Block(*found) for found in re.findall(pattern, document.read_text())]


def normal(value: Any) -> Any:
    """A value with what changes from run to run replaced by its kind."""
    if isinstance(value, dict):
        named = {k: "CURSOR" if k == "next_cursor" and v else v for k, v in value.items()}
        return {k: normal(v) for k, v in named.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    for kind, pattern in CHANGING.items():
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return kind
    return value


class Reader:
    """Somebody who does what the document says, block by block."""

    def __init__(self, clone: Clone) -> None:
        self.clone, self.file, self.told = clone, "", ""
        self.server: subprocess.Popen[bytes] | None = None

    def follow(self, block: Block) -> None:
        for path in re.findall(r"`([\w./-]+\.(?:py|json))`", block.before):
            self.file = path
        match block.language:
            case "diff":
                self.change(block.text)
            case "sh" if block.text == "make run\n":
                self.serve()
            case "sh":
                command = block.text.replace(SHOWN_AT, f"127.0.0.1:{self.clone.port}")
                done = self.clone.run("sh", "-eu", "-c", command)
                assert done.returncode == 0, f"{command}{done.stdout[-4000:]}{done.stderr[-2000:]}"
                self.told = done.stdout
            case "text":
                assert self.told == block.text
            case "json":
                assert normal(json.loads(self.told)) == normal(json.loads(block.text))

    def change(self, diff: str) -> None:
        lines = diff.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] != "+")
        new = "".join(line[1:] for line in lines if line[0] != "-")
        text = self.clone.text(self.file)
        assert text.count(old) == 1, f"{self.file} does not hold this once:\n{old}"
        self.clone.write(self.file, text.replace(old, new))

    def serve(self) -> None:
        log = self.clone.folder.parent / "server.log"
        with log.open("wb") as out:
            self.server = subprocess.Popen(
                ["make", "run"],
                cwd=self.clone.folder,
                env=self.clone.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        until_answering(self.server, f"http://127.0.0.1:{self.clone.port}/health", log)

    def ctrl_c(self) -> None:
        if self.server is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.server.pid, signal.SIGINT)
            self.server.wait(timeout=30)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(Clone(tmp_path / "clone"))
    yield reader
    reader.ctrl_c()


def test_the_document_to_the_letter(reader: Reader) -> None:
    before, found = reader.clone.tree(), blocks()
    assert {block.language for block in found} == {"sh", "text", "json", "diff"}
    for block in found:
        if block.text == "make remove NAME=products\n":
            reader.clone.python("ruff", "check", "chalicelib", "tests/resources")
            reader.clone.python("ruff", "format", "--check", "chalicelib", "tests/resources")
        reader.follow(block)
    assert reader.clone.tree() == before
