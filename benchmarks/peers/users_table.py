"""Users in DynamoDB by a boto3 client: what the handlers of Python share, Chalice's apart."""

import os
import uuid
from datetime import UTC, datetime

import boto3

client = boto3.client("dynamodb")
USERS, CLAIMS = os.environ["USERS_TABLE"], os.environ["CLAIMS_TABLE"]


class TakenError(Exception):
    """Another user has this e-mail."""


def get(id):
    found = client.get_item(TableName=USERS, Key={"id": {"S": id}}, ConsistentRead=True)
    return _plain(found["Item"]) if "Item" in found else None


def add(name, email):
    """One transaction over the user and a claim on its e-mail."""
    user = {"id": str(uuid.uuid4()), "name": name, "email": email, "created_at": _now()}
    claim = {"pk": {"S": f"email#{email.lower()}"}, "id": {"S": user["id"]}}
    item = {member: {"S": value} for member, value in user.items()}
    writes = [
        {"TableName": USERS, "Item": item, "ConditionExpression": "attribute_not_exists(id)"},
        {"TableName": CLAIMS, "Item": claim, "ConditionExpression": "attribute_not_exists(pk)"},
    ]
    try:
        client.transact_write_items(TransactItems=[{"Put": write} for write in writes])
    except client.exceptions.TransactionCanceledException:
        raise TakenError from None
    return user


def page(limit, cursor=None):
    start = {"ExclusiveStartKey": {"id": {"S": cursor}}} if cursor else {}
    found = client.scan(TableName=USERS, Limit=limit, **start)
    following = found.get("LastEvaluatedKey")
    return {
        "items": [_plain(item) for item in found["Items"]],
        "next_cursor": following["id"]["S"] if following else None,
    }


def _plain(item):
    return {member: item[member]["S"] for member in ("id", "name", "email", "created_at")}


def _now():
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
