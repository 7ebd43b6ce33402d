"""Which cases `--once` leaves, and which tests one process runs one after the other."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.collected import grouped, once
from tests.engines import ROOT

CASES = """
import pytest

pytestmark = pytest.mark.parametrize("case", [1, 2, 3])

def test_cases(case):
    assert case == 1

@pytest.mark.each_counts
def test_all(case): ...

@pytest.mark.parametrize("part", ["a", pytest.param("b", marks=pytest.mark.each_counts)])
def test_some(case, part): ...
"""
COPIES = """
import pytest

pytestmark = pytest.mark.slow

@pytest.fixture(scope="{scope}")
def clone(): ...

@pytest.fixture(scope="{beside}")
def engine_of_it(): ...

@pytest.fixture(scope="session", autouse=True)
def of_the_process(): ...

def test_one(clone, engine_of_it): ...

def test_two(clone, engine_of_it): ...
"""


@pytest.fixture
def collector(pytester: pytest.Pytester) -> pytest.Pytester:
    """pytest in an empty folder, without the plugins that this project leaves out."""
    pytester.makeini(
        "[pytest]\naddopts = -p no:schemathesis -p no:faker\nmarkers =\n    each_counts\n    slow\n"
    )
    return pytester


def test_once_leaves_the_first_case_and_each_that_counts(collector: pytest.Pytester) -> None:
    left = [item.name for item in once(collector.getitems(CASES))]
    assert sorted(left) == [
        *(f"test_all[{case}]" for case in (1, 2, 3)),
        "test_cases[1]",
        "test_some[a-1]",
        *(f"test_some[b-{case}]" for case in (1, 2, 3)),
    ]


@pytest.mark.parametrize(
    ("scope", "beside", "groups"),
    [("function", "function", 2), ("module", "function", 1), ("function", "module", 1)],
)
def test_what_a_module_makes_is_made_in_one_process(
    collector: pytest.Pytester, scope: str, beside: str, groups: int
) -> None:
    items = collector.getitems(COPIES.format(scope=scope, beside=beside))
    assert len(items) == 2
    assert len({group for group, _ in grouped(items)}) == groups


@pytest.mark.slow
def test_a_run_drops_the_other_cases(tmp_path: Path) -> None:
    (tmp_path / "test_cases.py").write_text(CASES)
    command = [sys.executable, "-m", "pytest", "-q", "-c", "pyproject.toml", "-n", "0"]
    done = subprocess.run(
        [*command, "-p", "tests.conftest", "--once", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "8 passed, 4 deselected" in done.stdout, done.stdout + done.stderr
