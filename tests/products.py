"""A second resource, for the tests: it shows that the kit knows nothing about users."""

from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal

from chalice.app import Chalice
from pydantic import Field

from chalicekit.api import complete
from chalicekit.endpoint import Call, Page, Patch, Routes
from chalicekit.fields import Ids, Key, ListQuery, Model, Name, Stored
from chalicekit.table import Table

routes = Routes(__name__, read="products:read", write="products:write")


class ProductFields(Model):
    """What a client may set."""

    sku: Key
    title: Name
    price: Annotated[Decimal, Field(ge=0, decimal_places=2)]
    note: Annotated[str, Field(max_length=500)] | None = None


class Product(Stored, ProductFields):
    """What is kept and shown."""


class ProductQuery(ListQuery):
    """How a list may be narrowed and sorted."""

    sku: Ids = None
    sort: Literal["created_at", "-created_at"] | None = None


products = Table(Product, "products", query=ProductQuery, indexes=["created_at"])


@routes.get("/products")
def list_products(query: ProductQuery, call: Call) -> Page[Product]:
    return products.page(query, call)


@routes.post("/products")
def create_product(body: ProductFields, call: Call) -> Product:
    return products.add(body, call)


@routes.get("/products/{sku}")
def get_product(sku: str, call: Call) -> Product:
    return products.get(sku, call)


@routes.put("/products/{sku}")
def replace_product(sku: str, body: ProductFields, call: Call) -> Product:
    return products.replace(sku, body, call)


@routes.patch("/products/{sku}")
def update_product(sku: str, body: Patch[ProductFields], call: Call) -> Product:
    return products.patch(sku, body, call)


@routes.delete("/products/{sku}")
def delete_product(sku: str, call: Call) -> None:
    products.delete(sku, call)


@cache  # A blueprint registered twice turns POST into GET (chalice 1.34).
def mount(app: Chalice) -> None:
    """Add products to an app that is complete already."""
    app.register_blueprint(routes)
    complete(app)


def table(app: str, stage: str) -> dict[str, Any]:
    """Arguments for create_table, in the shape that infra/data.json gives users."""
    strings = ["sku", "_table", "created_at"]
    index = [("_table", "HASH"), ("created_at", "RANGE")]
    return {
        "TableName": f"{app}-{stage}-products",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in strings],
        "KeySchema": [{"AttributeName": "sku", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "created_at",
                "KeySchema": [{"AttributeName": n, "KeyType": k} for n, k in index],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    }
