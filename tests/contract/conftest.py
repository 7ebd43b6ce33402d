"""The contract suite's fixtures: `api` is each resource on each target in turn."""

import pytest

from tests.contract.client import Api
from tests.resources import Resource, described
from tests.resources.wares import WARES
from tests.targets import Target


@pytest.fixture(scope="session", params=described().values(), ids=str)
def resource(request: pytest.FixtureRequest) -> Resource:
    found: Resource = request.param
    return found


@pytest.fixture(scope="session")
def api(target: Target, resource: Resource) -> Api:
    return Api(target, resource)


@pytest.fixture(scope="session")
def users(target: Target) -> Api:
    """Tests that ask for it are about users, and are dropped where an API has none."""
    return Api(target, described()["users"])


@pytest.fixture(scope="session")
def wares(target: Target) -> Api:
    """Tests that ask for it are dropped where something else than the tests mounts the API."""
    return Api(target, WARES)


@pytest.fixture(scope="module", autouse=True)
def small(target: Target) -> None:
    """Start each module with empty tables: moto copies them all in every transaction."""
    if target.client is not None:
        tables = [(resource.table, resource.key) for resource in target.resources]
        for table, key in [*tables, ("claims", "pk")]:
            target.clear(table, key)


@pytest.fixture
def empty(api: Api) -> Api:
    """The resource with nothing in its table; for tests marked `tables`."""
    api.empty()
    return api
