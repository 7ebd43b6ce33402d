"""Warm requests in instructions, of the deployed payload and of a bare boto3 handler.

Each handler runs with few requests of each kind, and with more of one; what a request costs is the
difference. The bare handler does the same work at DynamoDB, and nothing of the contract.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Of the bare handler's instructions for the same request.
BUDGETS = {"GET": 0.772, "list": 0.665, "POST": 0.88}
FEW, MANY = 2, 52  # what only the first makes is no part of a warm one

# Where Python finds them: the app's payload, and benchmarks/peers/bare.
HANDLERS = {"app": "app import app", "bare": "bare import handler"}

# Given each kind's event, and how often it is asked.
RUN = """
import json, sys, uuid
from {handler} as app
if "chalicekit.call" in sys.modules:
    sys.modules["chalicekit.call"].PATIENCE = 600
for event, times in json.loads(sys.argv[1]):
    for _ in range(times):
        if event["httpMethod"] == "POST":
            body = {{"name": "Ada", "email": uuid.uuid4().hex + "@example.com"}}
            event["body"] = json.dumps(body)
        answer = app(dict(event), None)
        assert answer["statusCode"] in (200, 201), answer
"""


def events(get: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """An event for each kind of request, made of that of a GET of one user."""
    both = {"resource": "/users", "path": "/users", "pathParameters": None}
    context = get["requestContext"] | {"resourcePath": "/users", "path": "/dev/users"}
    listed = get | both | {"requestContext": context}
    headers = {"content-type": "application/json", "accept": "application/json"}
    posted = listed | {
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "requestContext": context | {"httpMethod": "POST"},
    }
    return {"GET": get, "list": listed, "POST": posted}


def measured(
    count: Callable[[str, str, list[Any]], int], get: dict[str, Any]
) -> dict[str, tuple[float, float]]:
    """Instructions of a request of each kind: the app's, and the bare handler's.

    `count` counts a program for a module of HANDLERS, given events and their numbers.
    """
    kinds = events(get)

    def run(module: str, more: str = "") -> int:
        given = [[kinds[kind], MANY if kind == more else FEW] for kind in kinds]
        return count(module, RUN.format(handler=HANDLERS[module]), given)

    found: dict[str, tuple[float, float]] = {}
    few = {module: run(module) for module in HANDLERS}
    for kind in kinds:
        app, bare = ((run(module, kind) - few[module]) / (MANY - FEW) for module in few)
        found[kind] = app, bare
    return found
