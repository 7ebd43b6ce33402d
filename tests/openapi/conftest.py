"""The document as the API gives it, wares included."""

import pytest

from tests.resources import Json
from tests.targets import Target


@pytest.fixture
def document(target: Target) -> Json:
    response = target.session.get(f"{target.base_url}/openapi.json")
    assert response.status_code == 200, response.text
    found: Json = response.json()
    return found
