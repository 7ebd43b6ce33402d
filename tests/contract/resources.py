"""The two resources that the suite runs on, described so that one test serves both."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

Json = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    path: str
    key: str
    sample: Callable[[], Json]
    """A new body that POST takes, without the key."""
    text: str
    """A required member of the type Name."""
    members: frozenset[str]
    """What a client may set, the key included."""
    optional: str | None = None
    unique: str | None = None

    @property
    def table(self) -> str:
        return self.path.removeprefix("/")

    @property
    def required(self) -> set[str]:
        return set(self.members) - {self.key, self.optional}

    def __str__(self) -> str:
        return self.table


def a_user() -> Json:
    token = uuid4().hex
    return {"name": f"Ada {token[:8]}", "email": f"ada.{token}@example.org"}


def a_product() -> Json:
    return {"title": f"Lamp {uuid4().hex[:8]}", "price": "12.50", "note": "bright"}


USERS = Resource(
    path="/users",
    key="id",
    sample=a_user,
    text="name",
    members=frozenset({"id", "name", "email"}),
    unique="email",
)
PRODUCTS = Resource(
    path="/products",
    key="sku",
    sample=a_product,
    text="title",
    members=frozenset({"sku", "title", "price", "note"}),
    optional="note",
)
STORED = frozenset({"created_at", "updated_at", "etag"})
