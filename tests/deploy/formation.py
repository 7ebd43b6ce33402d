"""A CloudFormation of one stack that does what a test tells it, also what no emulator does.

And a Lambda of one function with versions and an alias.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tools.deploy import alias

NAME = "users-api-dev"
Event = tuple[str, str, str]  # resource, status, reason
Ending = tuple[str, list[Event]]  # the stack's status; "!" and a message for a refusal


class Formation:
    """Holds one stack. `script` says how each operation ends: the final status, and the events."""

    meta = SimpleNamespace(endpoint_url="http://127.0.0.1:1")  # so that nothing waits for long

    def __init__(self, status: str = "", **script: Ending) -> None:
        self.status, self.script = status, script
        self.only = ""  # the one name that it has; else any is its own
        self.asked: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.protected = False
        self.outputs: dict[str, str] = {}
        self.parameters = {"App": "users-api", "Stage": "dev"}
        self.described: dict[str, Any] = {}  # what describe_stack_resource answers
        self.resources: list[dict[str, str]] = []
        self._numbers = itertools.count()
        self._events: list[dict[str, Any]] = []
        self._upcoming: list[str] = []
        self._happen([("Old", "CREATE_FAILED", "of long ago")] if status else [])

    def clients(self, **others: Any) -> Callable[[str], Any]:
        return lambda service: self if service == "cloudformation" else others[service]

    def describe_stacks(self, **request: str) -> dict[str, Any]:
        if self._upcoming:
            self.status = self._upcoming.pop(0)
        if not self.status or request["StackName"] not in (
            self.only or request["StackName"],
            "arn:1",
        ):
            raise refused("DescribeStacks", f"Stack {request} does not exist")
        described: dict[str, Any] = {
            "StackName": NAME,
            "StackId": "arn:1",
            "StackStatus": self.status,
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in self.parameters.items()
            ],
        }
        described["Outputs"] = [{"OutputKey": k, "OutputValue": v} for k, v in self.outputs.items()]
        return {"Stacks": [described | {"EnableTerminationProtection": self.protected}]}

    def get_paginator(self, operation: str) -> Any:
        if operation == "list_stack_resources":
            pages: Any = lambda **_: [{"StackResourceSummaries": self.resources}]  # noqa: E731
        else:
            pages = self._pages
        return SimpleNamespace(paginate=pages)

    def describe_stack_resource(self, **request: str) -> dict[str, Any]:
        if not self.described:
            raise refused("DescribeStackResource", f"Resource {request} does not exist")
        return self.described

    def update_termination_protection(self, **request: Any) -> None:
        self.protected = request["EnableTerminationProtection"]

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        if operation not in self.script:
            raise AssertionError(f"{operation} was not expected")

        def carry_out(**request: Any) -> dict[str, Any]:
            self.asked.append(operation)
            self.requests.append(request)
            end, events = self.script[operation]
            if end.startswith("!"):
                raise refused(operation, end[1:])
            self._upcoming = ["SOME_IN_PROGRESS", end]
            self._happen(events)
            return {}

        return carry_out

    def _happen(self, events: list[Event]) -> None:
        for resource, status, reason in events:
            event = {
                "EventId": str(next(self._numbers)),
                "Timestamp": datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
                "LogicalResourceId": resource,
                "ResourceStatus": status,
            }
            self._events.insert(0, event | ({"ResourceStatusReason": reason} if reason else {}))

    def _pages(self, **_: Any) -> Iterator[dict[str, Any]]:
        """Newest first, two a page."""
        if not self._events:
            raise refused("DescribeStackEvents", f"Stack [{NAME}] does not exist")
        for start in range(0, len(self._events), 2):
            yield {"StackEvents": self._events[start : start + 2]}


class Lambda:
    """One function with an alias."""

    def __init__(self, live: alias.Live, versions: dict[str, str]) -> None:
        self.versions = versions
        self.provisioned = ""  # the status of its provisioned concurrency
        self.slow = False  # with provisioned concurrency, it moves the alias in its own time
        self.alias: dict[str, Any] = {}
        alias.point(self, "function", live)

    def update_alias(self, **request: Any) -> None:
        served = alias.read(self, "function").version if self.slow else request["FunctionVersion"]
        self.alias = request
        if request["FunctionVersion"] != served:
            self.alias["RoutingConfig"] = {"AdditionalVersionWeights": {served: 1.0}}

    def get_provisioned_concurrency_config(self, **_: Any) -> dict[str, str]:
        if not self.provisioned:
            code = "ProvisionedConcurrencyConfigNotFoundException"
            raise refused("GetProvisionedConcurrencyConfig", "There is none", code)
        return {"Status": self.provisioned}

    def get_alias(self, **_: Any) -> dict[str, Any]:
        return self.alias

    def get_paginator(self, _: str) -> Any:
        listed = [{"Version": k, "LastModified": v} for k, v in self.versions.items()]
        pages = [{"Versions": [{"Version": "$LATEST"}, *listed[2:]]}, {"Versions": listed[:2]}]
        return SimpleNamespace(paginate=lambda **_: pages)


def refused(operation: str, message: str, code: str = "ValidationError") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
