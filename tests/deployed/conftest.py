"""`package`: a stage deployed with VIA=package, which its tests share and leave serving."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud import cloud, configure, deployable
from tests.collected import under
from tests.deployed.package import Package

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if under(item, HERE):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(300))  # a deployment takes ten seconds, or more


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    folder = tmp_path_factory.mktemp("package")
    clone = deployable(folder / "clone")
    configure(clone, parameters={"ProvisionedConcurrency": 1, "AlarmErrors": 7})
    with cloud(folder / "aws") as aws:
        package = Package(aws, clone)
        package.deploy()
        yield package
