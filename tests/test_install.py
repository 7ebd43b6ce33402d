"""tools/install.py, with stand-ins for Python's version and for pip."""

import json
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tools import install

SCRIPT = str(Path(install.__file__))


def run_with(change: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a Python that was changed beforehand."""
    code = f"import runpy, sys; {change}; sys.argv = [{SCRIPT!r}, 'run']; "
    code += f"runpy.run_path({SCRIPT!r}, run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )


def test_an_old_python_is_one_line() -> None:
    done = run_with("sys.version_info = (3, 9, 18); sys.version = '3.9.18 (main)'")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(
        f"This needs Python 3.11 or newer, and {sys.executable} is 3.9.18"
    )
    assert "add PYTHON=" in done.stderr


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_missing_venv_module_is_one_line(module: str) -> None:
    done = run_with(f"sys.modules[{module!r}] = None")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "sudo apt-get install python3-venv" in done.stderr


class Project:
    """A project whose installers only note what they were asked to do."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.calls: list[list[str]] = []
        self.fails = ""  # "Ctrl-C", or the line with which pip fails
        for name in {name for names in install.FILES.values() for name in names}:
            (folder / name).write_text("")
        monkeypatch.setattr(install, "ROOT", folder)
        monkeypatch.setattr(install, "LOCAL", folder)
        monkeypatch.setattr(install, "call", self._call)

    def install(self, what: str) -> list[str]:
        """What is done for it: `venv`, `pip`, or nothing."""
        self.calls.clear()
        venv = self.folder / ".venv"
        if not install.installed(venv, what):
            install.fill(venv, what)
        return [command[2] for command in self.calls]

    def _call(self, command: list[str], log: Path, target: Path) -> None:
        self.calls.append(command)
        if command[2] == "venv":
            (target / "bin").mkdir(parents=True, exist_ok=True)
            (target / "bin/python").touch()
        elif self.fails:
            raise KeyboardInterrupt if self.fails == "Ctrl-C" else SystemExit(self.fails)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


def test_what_is_installed_is_left_alone(project: Project) -> None:
    assert project.install("run") == ["venv", "pip"]
    assert project.install("run") == []
    assert project.install("dev") == ["pip"]
    assert project.install("run") == project.install("dev") == []


def test_a_changed_pin_is_installed(project: Project) -> None:
    project.install("dev")
    (project.folder / "requirements.txt").write_text("botocore==2")
    assert project.install("run") == ["pip"]
    assert project.install("dev") == ["pip"]


def test_a_half_made_venv_is_made_anew(project: Project) -> None:
    project.fails = "Ctrl-C"
    with pytest.raises(KeyboardInterrupt):
        project.install("run")
    project.fails = ""
    assert project.install("run") == ["venv", "pip"]


def test_what_pip_could_not_update_stays_in_use(project: Project) -> None:
    project.install("run")
    project.fails = "Could not install .venv: no network"
    with pytest.raises(SystemExit):
        project.install("dev")
    assert project.install("run") == []
    project.fails = "Ctrl-C"
    with pytest.raises(KeyboardInterrupt):
        project.install("dev")
    project.fails = ""
    assert project.install("run") == ["venv", "pip"]


def test_a_venv_that_was_moved_is_made_anew(project: Project) -> None:
    project.install("run")
    stamp = project.folder / ".venv/.installed"
    made = json.loads(stamp.read_text())
    stamp.write_text(json.dumps(made | {"made by": made["made by"] + "/old"}))
    assert project.install("run") == ["venv", "pip"]


def test_a_linked_venv_is_left_to_its_owner(project: Project) -> None:
    link = project.folder / "linked"
    link.symlink_to(project.folder)
    with pytest.raises(SystemExit, match="linked is a link, and out of date"):
        install.install([(link, "run")])


def test_an_installer_that_fails_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no such package'); raise SystemExit(1)"]
    with pytest.raises(SystemExit, match=r"Could not install \.venv: no such package \(all of it:"):
        install.call(command, tmp_path / "log", Path(".venv"))


def test_a_local_folder_that_cannot_be_one_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".local").write_text("")
    monkeypatch.setattr(install, "LOCAL", tmp_path / ".local")
    with pytest.raises(SystemExit, match=r"\.local cannot be written in \(File exists\)"):
        install.main("run")


def test_make_alone_lists_the_commands() -> None:
    done = subprocess.run(
        [
            "env",
            "-u",
            "MAKELEVEL",
            "-u",
            "MAKEFLAGS",
            "make",
        ],  # below `make test` it would also say where it is
        cwd=Path(SCRIPT).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    listed = [line.split()[1] for line in done.stdout.splitlines()]
    assert listed == [
        "run",
        "install",
        "test",
        "test-quick",
        "check",
        "format",
        "seed",
        "export",
        "resource",
        "remove",
        "client",
        "deploy",
        "image",
        "destroy",
        "clean",
        "bench",
    ]


def test_pins_that_exclude_each_other_are_named(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("six==1.16.0\nsix==1.17.0\n")
    index = ["--no-index", "--find-links", str(tmp_path)]
    for version in ("1.16.0", "1.17.0"):
        with ZipFile(tmp_path / f"six-{version}-py3-none-any.whl", "w") as wheel:
            about = f"Metadata-Version: 2.1\nName: six\nVersion: {version}\n"
            wheel.writestr(f"six-{version}.dist-info/METADATA", about)
            wheel.writestr(f"six-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    command = [sys.executable, "-m", "pip", "install", "--dry-run", *index, "-r", str(file)]
    with pytest.raises(SystemExit, match=r"Could not install \.venv: .*six==1\.16\.0 and six==1"):
        install.call(command, tmp_path / "log", Path(".venv"))
