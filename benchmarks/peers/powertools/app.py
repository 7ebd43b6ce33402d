"""Powertools for AWS Lambda: its REST resolver, with validation by pydantic."""

from http import HTTPStatus
from typing import Annotated

import users_table
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, ServiceError
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel, EmailStr, StringConstraints

app = APIGatewayRestResolver(enable_validation=True)


class UserFields(BaseModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    email: EmailStr


class User(UserFields):
    id: str
    created_at: str


class Page(BaseModel):
    items: list[User]
    next_cursor: str | None


@app.get("/users/<id>")
def get_user(id: str) -> User:
    if user := users_table.get(id):
        return User(**user)
    raise NotFoundError


@app.get("/users")
def list_users(
    limit: Annotated[int, Query(ge=1, le=100)] = 20, cursor: Annotated[str | None, Query()] = None
) -> Page:
    return Page(**users_table.page(limit, cursor))


@app.post("/users")
def create_user(fields: UserFields) -> tuple[User, HTTPStatus]:
    try:
        return User(**users_table.add(fields.name, fields.email)), HTTPStatus.CREATED
    except users_table.TakenError:
        raise ServiceError(HTTPStatus.CONFLICT, "The e-mail is taken") from None


def handler(event, context):
    return app.resolve(event, context)
