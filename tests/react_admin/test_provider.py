"""The data provider: its types, its own tests on a running API, and what it is made of."""

import json
import re

from tests.react_admin.example import EXAMPLE, run


def test_it_is_typed(packages: None) -> None:
    assert run("npm", "run", "types")


def test_it_keeps_the_contract(packages: None, api: str) -> None:
    told = run("npm", "test", API_URL=api)
    counts = dict(
        re.findall(r"^(?:#|ℹ) (pass|fail|skipped|cancelled|todo) (\d+)$", told, re.MULTILINE)
    )
    assert int(counts.pop("pass")) >= 50, told
    assert set(counts.values()) == {"0"}, told


def test_its_packages_are_pinned_and_run_nothing() -> None:
    package = json.loads((EXAMPLE / "package.json").read_text())
    pins = package["dependencies"] | package["devDependencies"]
    assert [pin for pin in pins.values() if not re.fullmatch(r"\d+\.\d+\.\d+", pin)] == []
    lock = (EXAMPLE / "package-lock.json").read_text()
    locked = json.loads(lock)["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in pins} == pins
    assert "resolved" not in lock, "it would name somebody's registry"
    assert "hasInstallScript" not in lock
    assert "ignore-scripts=true" in (EXAMPLE / ".npmrc").read_text().splitlines()
