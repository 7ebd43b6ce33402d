"""What is fetched for Lambda, from an index in a folder or one that fails."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import pytest

from tools import stages
from tools.deploy import bytecode, dependencies, sources
from tools.refusals import Refusal

DEV = stages.read("dev")
NOWHERE = "http://127.0.0.1:9"  # the port of the discard protocol: nobody listens


class Index:
    """A project without pins, and the folder that pip finds wheels in."""

    def __init__(self, folder: Path) -> None:
        self.root, self.wheels = folder / "project", folder / "wheels"
        self.root.mkdir()
        self.wheels.mkdir()
        self.said: list[str] = []

    def wheel(self, name: str, tag: str = "py3-none-any", needs: str = "") -> None:
        """Version 1.0 of a package with a module, and a script."""
        info = f"{name}-1.0.dist-info"
        files = {
            f"{name}.py": f"NAME = {name!r}\n",
            f"{name}.pyi": "NAME: str\n",  # packages read their own: lazy_loader.attach_stub
            f"{name}-1.0.data/scripts/{name}": "#!python\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            + (f"Requires-Dist: {needs}\n" if needs else ""),
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
        with ZipFile(self.wheels / f"{name}-1.0-{tag}.whl", "w") as packed:
            for path, text in {**files, f"{info}/RECORD": record}.items():
                packed.writestr(path, text)

    def fetch(self, *pins: str) -> Path:
        (self.root / "requirements.txt").write_text("\n".join(["# comment", *pins]))
        return dependencies.fetched(DEV, self.root, self.said.append)

    def refused(self, *pins: str) -> str:
        """The line; asserts that nothing is kept."""
        with pytest.raises(Refusal) as raised:
            self.fetch(*pins)
        assert "\n" not in str(raised.value)
        assert [path.name for path in self.kept()] == []
        return str(raised.value)

    def kept(self) -> list[Path]:
        return [path for path in (self.root / ".local/dependencies").glob("*") if path.is_dir()]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    made = Index(tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.wheels))
    return made


@contextmanager
def answering(status: int) -> Iterator[str]:
    """An index that answers everything with a status; gives its URL, with a password."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://me:hidden@127.0.0.1:{server.server_port}/simple"
    finally:
        server.shutdown()
        server.server_close()


def test_what_is_fetched_is_compiled_and_without_what_pip_adds(index: Index) -> None:
    index.wheel("alpha", needs="beta>=1; sys_platform == 'linux'")
    index.wheel("beta", needs="gamma; sys_platform == 'win32' or extra == 'more'")
    site = index.fetch("alpha==1.0  # why", "Beta==1.0")
    names = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert names == {
        *(f"{name}.{kind}" for name in ("alpha", "beta") for kind in ("py", "pyi")),
        *(bytecode.cached(f"{name}.py") for name in ("alpha", "beta")),
        *(
            f"{n}-1.0.dist-info/{f}"
            for n in ("alpha", "beta")
            for f in ("METADATA", "RECORD", "WHEEL")
        ),
    }
    assert "scripts" not in (site / "alpha-1.0.dist-info/RECORD").read_text()


def test_what_was_fetched_needs_no_network(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.wheel("alpha")
    site = index.fetch("alpha==1.0")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    assert index.fetch("alpha==1.0", "# a comment more") == site
    assert len(index.said) == 1


@pytest.mark.slow  # pip, several times
def test_only_the_last_few_are_kept(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "KEPT", 2)
    names = ["alpha", "beta", "gamma"]
    for age, name in enumerate(names):
        index.wheel(name)
        site = index.fetch(f"{name}==1.0")
        os.utime(site, (age, age))
    index.fetch(f"{names[0]}==1.0")
    assert len(index.kept()) == 2
    assert len(index.said) == len(names) + 1


@pytest.mark.slow  # pip, several times
@pytest.mark.parametrize("stops", [KeyboardInterrupt, OSError])
def test_what_was_interrupted_is_not_used(
    index: Index, monkeypatch: pytest.MonkeyPatch, stops: type[BaseException]
) -> None:
    def interrupted(*_: object) -> None:
        raise stops

    index.wheel("alpha")
    with monkeypatch.context() as patch:
        patch.setattr(bytecode, "compile_all", interrupted)
        with pytest.raises(stops):
            index.fetch("alpha==1.0")
    assert index.kept() == []
    (index.root / ".local/dependencies/.half-killed/site-packages").mkdir(parents=True)
    assert (index.fetch("alpha==1.0") / "alpha.py").exists()


@pytest.mark.slow  # pip, several times
def test_of_two_at_once_one_is_kept(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.wheel("alpha")
    compile_all = bytecode.compile_all

    def overtaken(folder: Path, runs_at: str) -> None:
        monkeypatch.setattr(bytecode, "compile_all", compile_all)
        index.fetch("alpha==1.0")
        compile_all(folder, runs_at)

    monkeypatch.setattr(bytecode, "compile_all", overtaken)
    assert (index.fetch("alpha==1.0") / "alpha.py").exists()
    assert len(index.said) == 2
    assert len(index.kept()) == 1


@pytest.mark.parametrize("tag", ["cp311-cp311-macosx_11_0_arm64", "cp39-cp39-manylinux2014_x86_64"])
def test_a_package_without_a_wheel_for_lambda_is_one_line(index: Index, tag: str) -> None:
    index.wheel("alpha", tag)
    platform = f"Python {DEV.python}, {DEV.architecture}"
    assert index.refused("alpha==1.0") == (
        f"requirements.txt: alpha==1.0 has no wheel for Lambda ({platform}): "
        "pin a version that has one, or copy it into vendor/ where it is plain Python."
    )


@pytest.mark.parametrize("needs", ["beta", "beta>=2"])
def test_what_a_package_needs_and_is_not_pinned_is_one_line(index: Index, needs: str) -> None:
    index.wheel("alpha", needs=needs)
    index.wheel("beta")
    pins = ["alpha==1.0"] if needs == "beta" else ["alpha==1.0", "beta==1.0"]
    line = f"requirements.txt: alpha needs {needs}: pin that there, too."
    assert index.refused(*pins) == line


@pytest.mark.parametrize("pin", ["alpha", "alpha>=1", "-r more.txt", "./alpha", "alpha==1; x"])
def test_what_is_not_pinned_is_one_line(index: Index, pin: str) -> None:
    line = f"requirements.txt: write {pin!r} as name==version: the layer holds that."
    assert index.refused(pin) == line


def test_chalice_among_the_pins_is_one_line(index: Index) -> None:
    assert index.refused("chalice==1.34.0").startswith("requirements.txt: take chalice out: ")


@pytest.mark.slow  # pip tries again
def test_no_network_is_one_line(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", NOWHERE)
    assert index.refused("alpha==1.0").startswith("The package index cannot be reached: ")


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (403, "The package index answers 403 (Forbidden): see pip config list."),
        (404, "requirements.txt: alpha==1.0 has no wheel for Lambda"),
    ],
)
def test_an_index_that_refuses_is_one_line(
    index: Index, monkeypatch: pytest.MonkeyPatch, status: int, line: str
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    with answering(status) as url:
        monkeypatch.setenv("PIP_INDEX_URL", url)
        refused = index.refused("alpha==1.0")
    assert refused.startswith(line)
    log = (index.root / ".local/dependencies/pip.log").read_text()
    assert "hidden" not in refused + log


SOURCE = ["app.py", "chalicelib/users.py", "chalicelib/web/home.js", "vendor/kit/py.typed"]
OTHER = [
    "chalicelib/__pycache__/users.cpython-311.pyc",
    "chalicelib/.netrc",
    "vendor/kit/.env.local",
    "vendor/kit/.DS_Store",
    "vendor/README.md",
    ".chalice/deployments/layer.zip",
    ".chalice/deployed/dev.json",
    ".local/build/dev/app.py",
    "tests/test_app.py",
]


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_without_git_everything_but_caches_is_source(tmp_path: Path) -> None:
    fill(tmp_path, *SOURCE, *OTHER)
    assert sources.listed(tmp_path) == SOURCE


def test_with_git_it_is_what_git_tracks_or_would_add(tmp_path: Path) -> None:
    fill(tmp_path, *SOURCE, *OTHER, "chalicelib/secret.env", "chalicelib/gone.py")
    (tmp_path / ".gitignore").write_text("*.env\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    (tmp_path / "chalicelib/gone.py").unlink()
    fill(tmp_path, "chalicelib/\N{LATIN SMALL LETTER E WITH ACUTE} new.py")
    assert sources.listed(tmp_path) == sorted([*SOURCE, "chalicelib/\xe9 new.py"])


def test_in_a_repository_that_ignores_it_it_is_as_without_git(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("unzipped/\n")
    fill(tmp_path / "unzipped", *SOURCE, *OTHER)
    assert sources.listed(tmp_path / "unzipped") == SOURCE


def test_no_link_leads_out_of_the_clone(tmp_path: Path) -> None:
    """What it leads to would be public to whoever may read the layer."""
    (tmp_path / "secret").write_text("s")
    fill(tmp_path / "clone", *SOURCE)
    (tmp_path / "clone/chalicelib/link.txt").symlink_to("web/home.js")
    assert "chalicelib/link.txt" in sources.listed(tmp_path / "clone")
    (tmp_path / "clone/chalicelib/link.txt").unlink()
    (tmp_path / "clone/chalicelib/link.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(Refusal, match=r"^chalicelib/link.txt is a link .*: copy the file here\.$"):
        sources.listed(tmp_path / "clone")
