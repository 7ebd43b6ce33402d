"""Users: what they are, and their routes."""

from typing import Literal

from chalicekit.endpoint import Call, Page, Patch, Routes
from chalicekit.fields import Email, Ids, Key, ListQuery, Model, Name, Stored
from chalicekit.table import Table

routes = Routes(__name__, read="users:read", write="users:write")


class UserFields(Model):
    """What a client may set. The id only on creation; the server makes one where none is given."""

    id: Key
    name: Name
    email: Email


class User(Stored, UserFields):
    """What is kept and shown: the fields, and created_at, updated_at and etag."""


class UserQuery(ListQuery):
    """How a list may be narrowed and sorted, beside limit and cursor."""

    id: Ids = None
    email: Email | None = None
    sort: Literal["created_at", "-created_at"] | None = None


users = Table(User, "users", query=UserQuery, unique=["email"], indexes=["created_at"])


@routes.get("/users")
def list_users(query: UserQuery, call: Call) -> Page[User]:
    """List users, a page at a time."""
    return users.page(query, call)


@routes.post("/users")
def create_user(body: UserFields, call: Call) -> User:
    """Create a user. An id or e-mail that is taken is a 409; nothing is overwritten."""
    return users.add(body, call)


@routes.get("/users/{id}")
def get_user(id: str, call: Call) -> User:
    """Get one user."""
    return users.get(id, call)


@routes.put("/users/{id}")
def replace_user(id: str, body: UserFields, call: Call) -> User:
    """Replace a user's fields. With If-Match, only the version that was read."""
    return users.replace(id, body, call)


@routes.patch("/users/{id}")
def update_user(id: str, body: Patch[UserFields], call: Call) -> User:
    """Change some fields of a user, by a JSON merge patch."""
    return users.patch(id, body, call)


@routes.delete("/users/{id}")
def delete_user(id: str, call: Call) -> None:
    """Delete a user, and free its e-mail."""
    users.delete(id, call)
