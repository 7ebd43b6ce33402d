"""What happens to a stack of CloudFormation: shown as it happens, and why it failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tools.lines import Show

CONSEQUENCES = ("cancelled", "The following resource(s) failed")  # reasons that are no cause


class Events:
    """What happens to a stack from now on."""

    def __init__(self, client: Any, name: str, show: Show | None) -> None:
        self._client, self._name, self._show = client, name, show
        self._last = next((event["EventId"] for event in self._newest_first()), "")
        self._seen: list[dict[str, Any]] = []

    def look(self) -> None:
        """Read what is new, and show it."""
        new: list[dict[str, Any]] = []
        for event in self._newest_first():
            if event["EventId"] == self._last:
                break
            new.insert(0, event)
        for event in new:
            self._last = event["EventId"]
            self._seen.append(event)
            if self._show:
                self._show(_line(event))

    def cause(self) -> str:
        """Why it failed: the first failure is the cause, those after it its consequences."""
        failed = (e for e in self._seen if e["ResourceStatus"].endswith("_FAILED"))
        for event in failed:
            reason = event.get("ResourceStatusReason", "")
            if reason and not any(consequence in reason for consequence in CONSEQUENCES):
                return f"{event['LogicalResourceId']}: {' '.join(reason.split())}"
        return "of a reason that CloudFormation does not give"

    def _newest_first(self) -> Iterable[dict[str, Any]]:
        pages = self._client.get_paginator("describe_stack_events")
        try:
            for page in pages.paginate(StackName=self._name):
                yield from page["StackEvents"]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise


def _line(event: Mapping[str, Any]) -> str:
    when = event["Timestamp"].astimezone().strftime("%H:%M:%S")
    reason = " ".join(event.get("ResourceStatusReason", "").split())
    parts = [when, event["LogicalResourceId"], event["ResourceStatus"], reason]
    return "  ".join(part for part in parts if part)
