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
from tests import beside

routes = Routes(__name__, read="wares:read", write="wares:write")


class WareFields(Model):
    """What a client may set."""

    sku: Key
    title: Name
    price: Annotated[Decimal, Field(ge=0, decimal_places=2)]
    note: Annotated[str, Field(max_length=500)] | None = None


class Ware(Stored, WareFields):
    """What is kept and shown."""


class WareQuery(ListQuery):
    """How a list may be narrowed and sorted."""

    sku: Ids = None
    sort: Literal["created_at", "-created_at"] | None = None


wares = Table(Ware, "wares", query=WareQuery, indexes=["created_at"])


@routes.get("/wares")
def list_wares(query: WareQuery, call: Call) -> Page[Ware]:
    """List wares, a page at a time."""
    return wares.page(query, call)


@routes.post("/wares")
def create_ware(body: WareFields, call: Call) -> Ware:
    return wares.add(body, call)


@routes.get("/wares/{sku}")
def get_ware(sku: str, call: Call) -> Ware:
    return wares.get(sku, call)


@routes.put("/wares/{sku}")
def replace_ware(sku: str, body: WareFields, call: Call) -> Ware:
    return wares.replace(sku, body, call)


@routes.patch("/wares/{sku}")
def update_ware(sku: str, body: Patch[WareFields], call: Call) -> Ware:
    return wares.patch(sku, body, call)


@routes.delete("/wares/{sku}")
def delete_ware(sku: str, call: Call) -> None:
    wares.delete(sku, call)


@cache  # A blueprint registered twice turns POST into GET (chalice 1.34).
def mount(app: Chalice) -> None:
    """Add wares, and what is beside them, to an app that is complete already."""
    app.register_blueprint(routes)
    app.register_blueprint(beside.routes)
    complete(app)


def table(app: str, stage: str) -> dict[str, Any]:
    """Arguments for create_table, in the shape that infra/data.json gives users."""
    strings = ["sku", "_table", "created_at"]
    index = [("_table", "HASH"), ("created_at", "RANGE")]
    return {
        "TableName": f"{app}-{stage}-wares",
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
