"""A handler with a boto3 client and nothing else."""

import json
import re

import users_table

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def handler(event, context):
    match event["httpMethod"], event["resource"]:
        case "GET", "/users/{id}":
            user = users_table.get(event["pathParameters"]["id"])
            return answer(200, user) if user else answer(404, {"detail": "Not found"})
        case "GET", "/users":
            query = event["queryStringParameters"] or {}
            limit = query.get("limit", "20")
            if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= 100:
                return answer(422, {"detail": "limit must be 1 to 100"})
            return answer(200, users_table.page(int(limit), query.get("cursor")))
        case "POST", "/users":
            return create(event["body"])
    return answer(404, {"detail": "Not found"})


def create(body):
    try:
        given = json.loads(body or "")
        name, email = given["name"].strip(), given["email"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return answer(422, {"detail": "name and email are required"})
    if not 1 <= len(name) <= 100:
        return answer(422, {"detail": "name must have 1 to 100 characters"})
    if not isinstance(email, str) or len(email) > 254 or not EMAIL.fullmatch(email):
        return answer(422, {"detail": "email must be an e-mail address"})
    try:
        return answer(201, users_table.add(name, email))
    except users_table.TakenError:
        return answer(409, {"detail": "The e-mail is taken"})


def answer(status, body):
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
