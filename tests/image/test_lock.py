"""`make lock`, by uv, from an index of the tests' own."""

import hashlib
import io
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import pytest

from tools.image import lock, pip_settings
from tools.refusals import Refusal


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Index:
    """A package index, and a project beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder / "index", folder / "project"
        self.root.mkdir()
        (self.root / lock.WANTED).write_text("-r requirements.txt\nserver==1.0\n")
        for name, version, *needs in [
            ("client", "2.0", "certificates>=3"),
            ("certificates", "2.0"),
            ("certificates", "3.1"),
            ("certificates", "3.2"),
            ("server", "1.0", "tools"),  # what is not of requirements.txt is taken alone
        ]:
            self.put(name, version, *needs)

    def put(self, name: str, version: str, *needs: str) -> None:
        file = f"{name}-{version}-py3-none-any.whl"
        about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        about += "".join(f"Requires-Dist: {each}\n" for each in needs)
        with io.BytesIO() as data:
            with ZipFile(data, "w") as wheel:
                wheel.writestr(f"{name}-{version}.dist-info/METADATA", about)
                wheel.writestr(f"{name}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\n")
                wheel.writestr(f"{name}-{version}.dist-info/RECORD", "")
            content = data.getvalue()
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)
        with (folder / "index.html").open("a") as page:
            digest = hashlib.sha256(content).hexdigest()
            page.write(f'<a href="{file}#sha256={digest}">{file}</a>\n')

    def lock(self, *pins: str) -> str:
        (self.root / "requirements.txt").write_text("".join(f"{pin}\n" for pin in pins))
        return lock.make(self.root)

    def refused(self, *pins: str) -> str:
        with pytest.raises(Refusal) as raised:
            self.lock(*pins)
        assert "\n" not in str(raised.value)
        return str(raised.value)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    index = Index(tmp_path)
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(index.folder))
    ) as server:
        Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(pip_settings, "read", lambda: {"index-url": url})
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield index
        server.shutdown()


def test_it_says_what_changed(index: Index) -> None:
    assert index.lock("client==2.0", "certificates==3.1") == (
        "requirements-image.txt: certificates - -> 3.1, client - -> 2.0, server - -> 1.0."
    )
    assert lock.stale(index.root) == ""
    assert index.lock("client==2.0", "certificates==3.1") == (
        "requirements-image.txt: nothing changed."
    )
    assert index.lock("client==2.0", "certificates==3.2") == (
        "requirements-image.txt: certificates 3.1 -> 3.2."
    )
    with (index.root / lock.LOCKED).open("a") as file:
        file.write("# by hand\n")
    assert index.lock("client==2.0", "certificates==3.2") == (
        "requirements-image.txt: no version, but other hashes or lines changed."
    )


def test_what_a_package_needs_is_pinned_too(index: Index) -> None:
    line = "requirements.txt: client needs certificates: pin that there, too."
    assert index.refused("client==2.0") == line
    assert not (index.root / lock.LOCKED).exists()


def test_another_version_than_a_package_needs_is_one_line(index: Index) -> None:
    assert index.refused("client==2.0", "certificates==2.0") == (
        "requirements.txt does not fit together: all versions of client depend on certificates>=3 "
        "and you require client==2.0."
    )


def test_a_package_that_is_not_there_is_one_line(index: Index) -> None:
    line = index.refused("nothing==1.0")
    assert line.startswith("requirements.txt does not fit together: nothing was not found")
