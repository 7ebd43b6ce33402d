"""Users, as the contract suite knows them."""

from uuid import uuid4

from tests.resources import Json, Resource


def a_user() -> Json:
    fresh = uuid4().hex
    return {"name": f"Ada {fresh[:8]}", "email": f"ada.{fresh}@example.org"}


USERS = Resource(
    path="/users",
    key="id",
    sample=a_user,
    text="name",
    members=frozenset({"id", "name", "email"}),
    unique="email",
)
