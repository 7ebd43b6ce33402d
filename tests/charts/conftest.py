"""Charts through HTTP: descriptions, and what draws one."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

import chalicelib.charts  # noqa: F401  so that this folder goes with it
from tests.targets import Target

Draw = Callable[..., requests.Response]


@pytest.fixture
def draw(target: Target) -> Draw:
    """POST a description: members given take the place of those of a small line chart."""

    def post(path: str = "/charts", **members: Any) -> requests.Response:
        body = {"type": "line", "labels": ["a", "b"], "datasets": [{"data": [1, 2]}]} | members
        return target.session.post(target.base_url + path, json=body, timeout=30)

    return post
