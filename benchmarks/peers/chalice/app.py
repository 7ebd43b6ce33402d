"""Chalice as its tutorials write it: a boto3 resource, and pydantic for the body."""

import os
import uuid
from datetime import UTC, datetime
from typing import Annotated

import boto3
from chalice import Chalice, ConflictError, NotFoundError, Response
from pydantic import BaseModel, EmailStr, Field, StringConstraints, ValidationError

app = Chalice(app_name="users")
dynamodb = boto3.resource("dynamodb")
users = dynamodb.Table(os.environ["USERS_TABLE"])
SHOWN = ("id", "name", "email", "created_at")


class UserFields(BaseModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    email: EmailStr


class ListQuery(BaseModel):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


def invalid(error):
    return Response({"detail": error.errors(include_url=False, include_context=False)}, {}, 422)


def shown(item):
    return {member: item[member] for member in SHOWN}


@app.route("/users/{id}", methods=["GET"])
def get_user(id):
    found = users.get_item(Key={"id": id}, ConsistentRead=True)
    if "Item" not in found:
        raise NotFoundError("No such user")
    return shown(found["Item"])


@app.route("/users", methods=["GET"])
def list_users():
    try:
        query = ListQuery.model_validate(app.current_request.query_params or {})
    except ValidationError as error:
        return invalid(error)
    start = {"ExclusiveStartKey": {"id": query.cursor}} if query.cursor else {}
    found = users.scan(Limit=query.limit, **start)
    following = found.get("LastEvaluatedKey")
    return {
        "items": [shown(item) for item in found["Items"]],
        "next_cursor": following["id"] if following else None,
    }


@app.route("/users", methods=["POST"])
def create_user():
    try:
        fields = UserFields.model_validate(app.current_request.json_body)
    except ValidationError as error:
        return invalid(error)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    user = {"id": str(uuid.uuid4()), **fields.model_dump(), "created_at": now}
    claim = {"pk": f"email#{fields.email.lower()}", "id": user["id"]}
    client = users.meta.client
    try:
        client.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": users.name,
                        "Item": user,
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                },
                {
                    "Put": {
                        "TableName": os.environ["CLAIMS_TABLE"],
                        "Item": claim,
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                },
            ]
        )
    except client.exceptions.TransactionCanceledException:
        raise ConflictError("The e-mail is taken") from None
    return Response(user, {}, 201)
