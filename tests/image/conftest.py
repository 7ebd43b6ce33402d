"""`registry`: an ECR in this process."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from moto import mock_aws

from tests.image.registry import DEV, Registry


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        registry = Registry()
        yield registry
        client = registry.ecr.client  # other tests of this process may hold the mock open
        with suppress(client.exceptions.RepositoryNotFoundException):
            client.delete_repository(repositoryName=DEV.repository, force=True)
