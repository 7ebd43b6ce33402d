"""What charts answer is what the OpenAPI document says."""

from typing import Any

import pytest

from tests.charts.conftest import Draw
from tests.openapi.document import fits
from tests.targets import Target

pytestmark = pytest.mark.in_process
PNG = {"Accept": "image/png"}


def test_answers_are_as_described(target: Target, draw: Draw) -> None:
    document = target.session.get(f"{target.base_url}/openapi.json").json()

    def get(key: str, headers: dict[str, str]) -> Any:
        url = f"{target.base_url}/charts/{key}"
        return target.session.get(url, headers=headers, allow_redirects=False, timeout=30)

    made = draw(title="As described")
    for answer, status in ((made, 201), (draw(title="As described"), 201), (draw(type="x"), 422)):
        assert answer.status_code == status
        fits(document, "/charts", answer)
    for answer, status in ((draw("/charts/preview"), 200), (draw("/charts/preview", a=1), 422)):
        assert answer.status_code == status
        fits(document, "/charts/preview", answer)
    key, etag = made.json()["id"], made.headers["ETag"]
    for key_, headers, status in (
        (key, PNG, 200),
        (key, {"Accept": "text/html"}, 302),
        (key, PNG | {"If-None-Match": etag}, 304),
        ("missing", PNG, 404),
    ):
        answer = get(key_, headers)
        assert answer.status_code == status
        fits(document, "/charts/{id}", answer)


def test_a_chart_that_was_made_can_be_looked_at(target: Target) -> None:
    document = target.session.get(f"{target.base_url}/openapi.json").json()
    links = document["paths"]["/charts"]["post"]["responses"]["201"]["links"]
    assert links["get_chart"]["parameters"] == {"id": "$response.body#/id"}
