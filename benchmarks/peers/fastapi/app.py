"""FastAPI behind Mangum."""

from typing import Annotated

import users_table
from fastapi import FastAPI, HTTPException, Query
from mangum import Mangum
from pydantic import BaseModel, EmailStr, StringConstraints

app = FastAPI()
handler = Mangum(app, lifespan="off")


class UserFields(BaseModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    email: EmailStr


class User(UserFields):
    id: str
    created_at: str


class Page(BaseModel):
    items: list[User]
    next_cursor: str | None


@app.get("/users/{id}")
def get_user(id: str) -> User:
    if user := users_table.get(id):
        return User(**user)
    raise HTTPException(404)


@app.get("/users")
def list_users(limit: Annotated[int, Query(ge=1, le=100)] = 20, cursor: str | None = None) -> Page:
    return Page(**users_table.page(limit, cursor))


@app.post("/users", status_code=201)
def create_user(fields: UserFields) -> User:
    try:
        return User(**users_table.add(fields.name, fields.email))
    except users_table.TakenError:
        raise HTTPException(409, "The e-mail is taken") from None
