"""What is imported on Lambda, and the .pyc that is read there."""

import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tools import stages
from tools.deploy import bytecode, imports
from tools.refusals import Refusal

PACKED = ["chalicekit/api.py", "six.py", "chalice/app.py"]


@pytest.mark.parametrize(
    "source",
    [
        "import json\nimport six\nfrom chalicekit.api import complete\nfrom chalicelib import home",
        "from chalice.app import Chalice",
        "from . import tqdm",
        "try:\n    import tqdm\nexcept ImportError:\n    pass",
        "if TYPE_CHECKING:\n    import tqdm",
    ],
)
def test_what_lambda_has_or_may_lack_is_left_alone(source: str) -> None:
    imports.check({"app.py": source.encode(), "chalicelib/home.py": b""}, PACKED)


@pytest.mark.parametrize(
    "source",
    [
        "import tqdm",
        "from tqdm.auto import tqdm",
        "import json, tqdm.auto",
        "def f():\n    import tqdm",
        "class C:\n    def f(self):\n        with self:\n            import tqdm",
    ],
)
def test_what_only_a_laptop_has_is_refused(source: str) -> None:
    with pytest.raises(
        Refusal, match=r"\Achalicelib/home\.py imports tqdm, which Lambda .*\.txt\.\Z"
    ):
        imports.check({"chalicelib/home.py": source.encode()}, PACKED)


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(Refusal, match=r"\Achalicelib/home\.py, line 2: .+\.\Z"):
        imports.check({"chalicelib/home.py": b"\ndef f(:\n"}, [])


def test_it_is_tried_without_what_is_installed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    stage = replace(stages.read("dev"), architecture=here, environment={"GIVEN": "yes"})
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    app = b"import os, six\nassert os.environ['GIVEN'] == 'yes'\n"
    assert "Imported" in imports.tried({"six.py": b""}, {"app.py": app}, stage)
    for absent in (b"import six", b"import pytest", b"import chalicelib"):
        with pytest.raises(Refusal, match=r"could not be imported: .*No module named"):
            imports.tried({}, {"app.py": absent}, stage)


def test_a_pyc_does_not_depend_on_who_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some.py").write_text(Path(bytecode.__file__).read_text())
    compiled = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        monkeypatch.setenv("PYTHONOPTIMIZE", seed)
        bytecode.compile_all(tmp_path, "/opt/somewhere")
        compiled.append((tmp_path / bytecode.cached("some.py")).read_bytes())
    assert compiled[0] == compiled[1]
    assert b"py_compile" in compiled[0]


def test_an_unchecked_pyc_is_what_runs(tmp_path: Path) -> None:
    (module := tmp_path / "told.py").write_text("print('compiled')")
    (tmp_path / "template.py").write_text("{{ no Python }}")
    bytecode.compile_all(tmp_path, "/opt/somewhere")
    module.write_text("print('source')")
    done = subprocess.run(
        [sys.executable, "-c", "import told"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "compiled\n", done.stderr
    assert [path.name for path in (tmp_path / "__pycache__").iterdir()] == [
        bytecode.cached("told.py").removeprefix("__pycache__/")
    ]
