"""Each feature taken out of a copy of the project, and each left there alone.

What is left passes its tests: so what features need of one another is found without running the
tests of all others for each. With all of them out, every test that is left passes. Cases that only
differ in what is sent are for the project as it is: here, the first one is enough.
"""

import re
from pathlib import Path

import pytest

from tests.clone import Clone
from tests.engines import ROOT
from tools.renaming import names_in
from tools.resources.names import RESERVED
from tools.resources.owned import owned

# What features share: routes, CORS, the document, settings, pages, grants.
SHARED = (
    *(f"tests/contract/test_{name}.py" for name in ("bytes", "cors", "greedy", "settings")),
    *(f"tests/test_{name}.py" for name in ("config", "docs", "files", "house", "pages")),
    *("tests/openapi", "tests/security/test_scopes.py", "tests/deploy/test_policy.py"),
)


def is_feature(path: Path) -> bool:
    """Whether this is a module of chalicelib that is no resource, and may go."""
    if path.stem.startswith("_") or path.stem in RESERVED:
        return False
    return path.is_dir() or not names_in(path.read_text(), path.stem)


FEATURES = sorted(path.stem for path in (ROOT / "chalicelib").iterdir() if is_feature(path))


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone", whole=True)


def checked(clone: Clone, *asked: str, least: int = 100) -> None:
    """Lint, types, the document, the policies, and at least so many tests pass."""
    clone.python("ruff", "check")
    clone.python("ruff", "format", "--check")
    clone.mypy()
    clone.python("tools.openapi", "--check")
    assert clone.python("tools.policies").startswith("The policies grant what the API needs")
    passed = clone.python("pytest", "-q", "--target", "moto", "-m", "not slow", *asked)
    (number,) = re.findall(r"(\d+) passed", passed)
    assert int(number) >= least


def kept_tests(clone: Clone, name: str) -> list[str]:
    """The tests that go with a feature."""
    paths = [path.relative_to(clone.folder) for path in owned(clone.folder, name.replace("_", "-"))]
    tests = (path for path in paths if path.parts[0] == "tests")
    return [str(path) for path in tests if not path.suffix or path.name.startswith("test_")]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FEATURES)
def test_what_is_shared_works_without_a_feature(clone: Clone, name: str) -> None:
    clone.tool("remove", name.replace("_", "-"))
    checked(clone, *SHARED)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_works_without_the_others(clone: Clone, name: str) -> None:
    for other in FEATURES:
        if other != name:
            clone.tool("remove", other.replace("_", "-"))
    tests = kept_tests(clone, name)
    checked(clone, *tests, "--once", least=2)  # of welcome there are no more


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_rest_works_without_any(clone: Clone) -> None:
    for name in FEATURES:
        clone.tool("remove", name.replace("_", "-"))
    checked(clone, "--once")
