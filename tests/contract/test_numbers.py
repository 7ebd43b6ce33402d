"""Numbers as DynamoDB keeps them: 38 digits and its range, refused beyond, never rounded."""

import pytest

from tests.contract.client import Api, assert_problem

INVALID = {"/price": "invalid"}


@pytest.mark.parametrize(
    "price", ["1e300", "1e126", "1" * 39, f"{'1' * 37}.25", "1e-131"], ids=lambda price: price[:6]
)
def test_a_number_in_a_string_that_dynamodb_cannot_keep(wares: Api, price: str) -> None:
    body = wares.resource.sample() | {"price": price}
    assert_problem(wares.post(body), 422, "invalid_body", INVALID)
    item = wares.made()
    key = item[wares.resource.key]
    assert_problem(wares.put(key, body), 422, "invalid_body", INVALID)
    assert_problem(wares.patch(key, {"price": price}), 422, "invalid_body", INVALID)
    assert wares.shown(key) == item


@pytest.mark.tables
@pytest.mark.parametrize("price", ["1" * 38, f"{'1' * 36}.25", "0.00", "1e10"])
def test_a_number_in_a_string_that_it_can_keep(wares: Api, price: str) -> None:
    item = wares.made(price=price)
    assert float(item["price"]) == float(price)
    assert wares.shown(item["sku"]) == item
