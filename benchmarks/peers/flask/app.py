"""Flask behind apig-wsgi, with pydantic for what Flask itself does not check."""

from typing import Annotated

import users_table
from apig_wsgi import make_lambda_handler
from flask import Flask, abort, request
from pydantic import BaseModel, EmailStr, Field, StringConstraints, ValidationError

app = Flask(__name__)
handler = make_lambda_handler(app)


class UserFields(BaseModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    email: EmailStr


class ListQuery(BaseModel):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


@app.errorhandler(ValidationError)
def invalid(error):
    return {"detail": error.errors(include_url=False, include_context=False)}, 422


@app.get("/users/<id>")
def get_user(id):
    return users_table.get(id) or abort(404)


@app.get("/users")
def list_users():
    query = ListQuery.model_validate(request.args.to_dict())
    return users_table.page(query.limit, query.cursor)


@app.post("/users")
def create_user():
    fields = UserFields.model_validate(request.get_json())
    try:
        return users_table.add(fields.name, fields.email), 201
    except users_table.TakenError:
        abort(409, "The e-mail is taken")
