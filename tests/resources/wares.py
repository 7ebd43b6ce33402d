"""Wares, as the contract suite knows them: the resource of tests/wares.py, which no app serves."""

from uuid import uuid4

from tests.resources import Json, Resource


def a_ware() -> Json:
    return {"title": f"Lamp {uuid4().hex[:8]}", "price": "12.50", "note": "bright"}


WARES = Resource(
    path="/wares",
    key="sku",
    sample=a_ware,
    text="title",
    members=frozenset({"sku", "title", "price", "note"}),
    optional=frozenset({"note"}),
)
