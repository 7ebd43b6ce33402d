"""What is fetched inside of a build, with the real pip, and the line where it cannot be."""

import hashlib
import json
import os
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import pytest

from tools.image import fetch

NOWHERE = "http://127.0.0.1:9"  # the port of the discard protocol: nobody listens
VERSION = ".".join(map(str, sys.version_info[:2]))
OTHER = "sha256:" + "0" * 64


class Build:
    """A build stage's folder, and a folder of wheels as the index."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.wheels = folder / "build", folder / "wheels"
        self.folder.mkdir()
        self.wheels.mkdir()

    def wheel(self, tag: str = "py3-none-any", more: str = "") -> str:
        """Version 1.0 of a package, with `more` metadata; gives its hash."""
        info = "thing-1.0.dist-info"
        files = {
            "thing.py": "",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n{more}",
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
        file = self.wheels / f"thing-1.0-{tag}.whl"
        with ZipFile(file, "w") as packed:
            for path, text in {**files, f"{info}/RECORD": record}.items():
                packed.writestr(path, text)
        return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"

    def fetch(self, digest: str) -> None:
        (self.folder / fetch.FILE).write_text(
            f"thing==1.0 --hash={digest}\n" if digest else "thing==1.0\n"
        )
        fetch.main("site")

    def refused(self, digest: str) -> str:
        with pytest.raises(SystemExit) as raised:
            self.fetch(digest)
        line = str(raised.value.code)
        assert line.startswith(fetch.MARK), line
        assert "\n" not in line
        return line.removeprefix(fetch.MARK)


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    made = Build(tmp_path)
    monkeypatch.chdir(made.folder)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.wheels))
    monkeypatch.setenv("TARGETARCH", "arm64")
    return made


@contextmanager
def answering(status: int) -> Iterator[str]:
    """An index that answers everything with a status; gives its URL, with a password."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://me:secret@127.0.0.1:{server.server_port}/simple"
        server.shutdown()


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    return monkeypatch


def test_a_wheel_for_the_target_is_taken_and_noted(build: Build) -> None:
    python = f"cp{VERSION.replace('.', '')}"
    digest = build.wheel(f"{python}-{python}-manylinux_2_17_aarch64")
    build.fetch(digest)
    assert (build.folder / "site/thing.py").is_file()
    noted = json.loads((build.folder / "site/fetched.json").read_text())
    (file,) = build.wheels.iterdir()
    assert noted == {"thing": {"file": file.name, "sha256": digest.removeprefix("sha256:")}}


def test_another_file_than_the_locked_one_is_one_line(build: Build) -> None:
    build.wheel()
    assert build.refused(OTHER) == (
        "thing==1.0 is not the file that requirements-image.txt names by its hash: ask who runs "
        "the index why, before `make lock` takes it."
    )


def test_a_pin_without_a_hash_is_one_line(build: Build) -> None:
    build.wheel()
    assert build.refused("") == "thing==1.0 has no hash in requirements-image.txt: make lock."


def test_no_wheel_for_the_platform_is_one_line(build: Build) -> None:
    digest = build.wheel("py3-none-macosx_11_0_arm64")
    assert build.refused(digest) == (
        f"thing==1.0 has no wheel for Linux on aarch64 with Python {VERSION}: "
        "pin a version that has one in requirements.txt, then make lock."
    )


def test_a_source_distribution_is_not_built(build: Build) -> None:
    """It would be for the machine that builds, not for the target."""
    file = build.wheels / "thing-1.0.tar.gz"
    with tarfile.open(file, "w:gz") as packed:
        for name in ("PKG-INFO", "setup.py"):
            packed.addfile(tarfile.TarInfo(f"thing-1.0/{name}"))
    digest = f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    assert build.refused(digest).startswith("thing==1.0 has no wheel for Linux on aarch64 ")


def test_nothing_is_fetched_but_what_is_locked(build: Build) -> None:
    build.fetch(build.wheel(more="Requires-Dist: another\n"))
    assert json.loads((build.folder / "site/fetched.json").read_text()).keys() == {"thing"}


def test_no_network_is_one_line(build: Build, online: pytest.MonkeyPatch) -> None:
    online.setenv("PIP_INDEX_URL", NOWHERE)
    assert build.refused(OTHER) == (
        "the package index cannot be reached from inside of the build: see pip config list."
    )


@pytest.mark.parametrize(("status", "said"), [(403, "Forbidden"), (401, "Unauthorized")])
def test_an_index_that_refuses_is_one_line(
    build: Build, online: pytest.MonkeyPatch, status: int, said: str
) -> None:
    with answering(status) as url:
        online.setenv("PIP_INDEX_URL", url)
        line = build.refused(OTHER)
    assert line == f"the package index answers {status} ({said}): see pip config list."


def test_a_full_disk_is_one_line() -> None:
    said = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    assert fetch.why(said, "", "x86_64") == "the disk is full."


def test_whatever_else_pip_says_is_told() -> None:
    assert fetch.why("ERROR: Something else\n", "", "x86_64") == "pip says: Something else"


def test_the_names_of_a_platform_are_those_of_its_glibc_and_older() -> None:
    names = fetch.tags("x86_64", 17)
    assert names[:2] == ["manylinux_2_17_x86_64", "manylinux_2_16_x86_64"]
    assert names[-4:] == [
        "manylinux_2_5_x86_64",
        *("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"),
    ]


def test_no_password_of_an_index_is_noted() -> None:
    report = {
        "install": [
            {
                "metadata": {"name": "thing"},
                "download_info": {
                    "url": "https://me:secret@index.example/a/thing-1.0.whl?token=1#sha256=2",
                    "archive_info": {"hashes": {"sha256": "2"}},
                },
            }
        ]
    }
    assert fetch.fetched(report) == {"thing": {"file": "thing-1.0.whl", "sha256": "2"}}
