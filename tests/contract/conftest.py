"""The contract suite's fixtures: `api` is each resource on each target in turn."""

from collections.abc import Callable, Iterator

import pytest

from chalicekit import dynamodb, limits, settings
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


@pytest.fixture
def configure() -> Iterator[Callable[..., None]]:
    """Change the app's settings for one test marked `configures`: `configure(ORIGINS="*")`.

    A setting of None is taken out of the environment.
    """
    changed: set[str] = set()

    def reread() -> None:
        settings.reset()
        limits.reset()
        if any(name.startswith("AWS_") for name in changed):
            dynamodb.reset()  # Not always: making a client takes longer than most tests.

    with pytest.MonkeyPatch.context() as patch:

        def change(**values: str | None) -> None:
            for name, value in values.items():
                if value is None:
                    patch.delenv(name, raising=False)
                else:
                    patch.setenv(name, value)
            changed.update(values)
            reread()

        yield change
    reread()
