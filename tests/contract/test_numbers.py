"""Numbers as DynamoDB keeps them: 38 digits and its range, refused beyond, never rounded."""

import pytest

from tests.contract.client import Api, assert_problem

INVALID = {"/price": "invalid"}


@pytest.mark.tables
@pytest.mark.parametrize(
    "price", ["1e300", "1e126", "1" * 39, f"{'1' * 37}.25", "1e-131"], ids=lambda price: price[:6]
)
def test_a_number_in_a_string_that_dynamodb_cannot_keep(products: Api, price: str) -> None:
    body = products.resource.sample() | {"price": price}
    assert_problem(products.post(body), 422, "invalid_body", INVALID)
    item = products.made()
    key = item[products.resource.key]
    assert_problem(products.put(key, body), 422, "invalid_body", INVALID)
    assert_problem(products.patch(key, {"price": price}), 422, "invalid_body", INVALID)
    assert products.shown(key) == item


@pytest.mark.tables
@pytest.mark.parametrize("price", ["1" * 38, f"{'1' * 36}.25", "0.00", "1e10"])
def test_a_number_in_a_string_that_it_can_keep(products: Api, price: str) -> None:
    item = products.made(price=price)
    assert float(item["price"]) == float(price)
    assert products.shown(item["sku"]) == item
