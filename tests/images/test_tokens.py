"""The image with the settings of a stage that asks for tokens, behind a function URL's events."""

from collections.abc import Iterator

import pytest
import requests

from tests import cloud, engines
from tests.contract.client import assert_problem
from tests.images import project
from tests.images.front import function_url
from tests.images.store import Store
from tests.issuing import Issuing
from tests.resources.users import USERS

pytestmark = pytest.mark.users


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuing]:
    with Issuing() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def url(store: Store, issuer: Issuing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tokens")
    with engines.dynoxide(folder, stage=cloud.STAGE) as engine:
        given = engines.CREDENTIALS | issuer.settings | {"AWS_ENDPOINT_URL": engine.url}
        with project.called(store, folder, function_url, **given) as url:
            yield url


def test_the_image_s_native_code_checks_tokens(url: str, issuer: Issuing) -> None:
    path, reader = url + USERS.path, issuer.bearer(scope="users:read")
    refused = requests.get(path, timeout=30)
    assert_problem(refused, 401, "unauthorized")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="users-api"'
    expired = requests.get(path, headers=issuer.bearer(exp=1), timeout=30)
    assert_problem(expired, 401, "token_expired")
    body = USERS.sample()
    assert_problem(requests.post(path, json=body, headers=reader, timeout=30), 403, "forbidden")
    made = requests.post(path, json=body, headers=issuer.bearer(), timeout=30)
    assert made.status_code == 201, made.text
    listed = requests.get(path, headers=reader, timeout=30)
    assert listed.json()["items"] == [made.json()]
