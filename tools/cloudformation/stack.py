"""CloudFormation: a stack is made or updated, and what it does is shown while it lasts."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from tools.cloudformation.events import Events
from tools.lines import Show
from tools.refusals import Refusal

WAIT_SECONDS = 3600.0
DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
# Left by a creation or an import that did not end. CloudFormation takes nothing but its deletion.
HALF_MADE = {
    "CREATE_FAILED",
    "DELETE_FAILED",
    "REVIEW_IN_PROGRESS",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
}

Clients = Callable[[str], Any]  # from a service's name to a botocore client


def apply(
    clients: Clients,
    name: str,
    template: str,
    parameters: Mapping[str, str],
    *,
    capabilities: Sequence[str] = (),
    protected: bool = False,
    show: Show | None = None,
) -> bool:
    """Make the stack, or update it; returns when it is done, and says whether anything changed.

    `template` is its JSON or the URL of it. A stack left half-made is made anew. Raises Refusal
    with the first cause, also where the stack is being changed by somebody else.
    """
    client = clients("cloudformation")
    status = ready(client, name, show)
    if status in HALF_MADE:
        delete(client, name, show)
        status = ""
    request = request_of(name, template, parameters) | {"Capabilities": list(capabilities)}
    # So that a repetition by botocore, whose first answer was lost, is taken for the same.
    request["ClientRequestToken"] = secrets.token_hex(16)
    changed = run(client, client.update_stack if status else client.create_stack, request, show)
    # Afterwards: one that could not be made must be deleted before the next try.
    _protect(client, name, protected=protected)
    return changed


def request_of(name: str, template: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """What requests that make or change a stack have in common."""
    pairs = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]
    where = "TemplateURL" if template.startswith(("https://", "http://")) else "TemplateBody"
    return {"StackName": name, where: template, "Parameters": pairs}


def ready(client: Any, name: str, show: Show | None = None) -> str:
    """The status of a stack that may be changed, "" where there is none. Raises Refusal.

    A rollback that did not end is ended first.
    """
    status = status_of(client, name)
    if status == "UPDATE_ROLLBACK_FAILED":
        if show:
            show(f"{name}: its last update was not undone to the end; that is done first.")
        try:
            run(client, client.continue_update_rollback, {"StackName": name}, show, undone=True)
        except Refusal as refusal:
            raise Refusal(
                f"{str(refusal).rstrip('.')}. Continue its rollback in CloudFormation's console, "
                "skipping that."
            ) from None
        status = status_of(client, name)
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        raise _busy(name)
    return status


def run(
    client: Any,
    operation: Callable[..., Any],
    request: dict[str, Any],
    show: Show | None = None,
    *,
    undone: bool = False,
) -> bool:
    """Carry out what changes a stack, and wait for it. False: there was nothing to change.

    `undone` says that the good end is a rollback. Raises Refusal with the first cause.
    """
    name = request["StackName"]
    events = Events(client, name, show)
    try:
        operation(**request)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return False
        if "_IN_PROGRESS state" in str(error):
            raise _busy(name) from None
        raise
    status = _settled(client, name, events)
    if status not in ({"UPDATE_ROLLBACK_COMPLETE"} if undone else DONE):
        raise Refusal(f"{name}: {status}, because {events.cause()}")
    return True


def delete(client: Any, name: str, show: Show | None = None) -> None:
    """Delete the stack, and wait until it is gone. Raises Refusal with the first cause."""
    events = Events(client, name, show)
    identity = client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    client.delete_stack(StackName=name)
    if _settled(client, identity, events):
        raise Refusal(f"{name} could not be deleted, because {events.cause()}")


def outputs(client: Any, name: str) -> dict[str, str]:
    """What the stack gives; nothing where there is none."""
    pairs = _described(client, name).get("Outputs", [])
    return {pair["OutputKey"]: pair["OutputValue"] for pair in pairs}


def status_of(client: Any, name: str) -> str:
    """The stack's status; "" where there is no such stack."""
    status = str(_described(client, name).get("StackStatus", ""))
    return "" if status == "DELETE_COMPLETE" else status


def check_ours(client: Any, name: str, app: str, stage: str) -> None:
    """Raise Refusal for a stack that was not made for this stage of this app.

    An update would delete what is in it: app `a`, stage `b-c`, and app `a-b`, stage `c`, have one
    name, and so may somebody else's.
    """
    if status_of(client, name) in ("", "REVIEW_IN_PROGRESS"):  # nothing is in there
        return
    pairs = _described(client, name).get("Parameters", [])
    given = {pair["ParameterKey"]: pair["ParameterValue"] for pair in pairs}
    if (given.get("App"), given.get("Stage")) != (app, stage):
        raise Refusal(
            f"There is a stack {name} that stage {stage} of {app} did not make: change app_name "
            "and APP_NAME, or the stage's name, in .chalice/config.json."
        )


def protected(client: Any, name: str) -> bool:
    """Whether CloudFormation would refuse to delete it."""
    return bool(_described(client, name).get("EnableTerminationProtection"))


def _protect(client: Any, name: str, *, protected: bool) -> None:
    if bool(_described(client, name).get("EnableTerminationProtection")) != protected:
        client.update_termination_protection(StackName=name, EnableTerminationProtection=protected)


def _described(client: Any, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return {}
        raise
    return found


def _settled(client: Any, name: str, events: Events) -> str:
    """The stack's status once nothing is in progress; "" where there is no such stack."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        status = status_of(client, name)  # before its events: none may be missed
        events.look()
        if not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(pause(client))
    raise Refusal(f"{name} is still in progress after {WAIT_SECONDS / 60:.0f} minutes.")


def pause(client: Any) -> float:
    """Seconds between two questions."""
    return 0.05 if "127.0.0.1" in client.meta.endpoint_url else 2.0


def _busy(name: str) -> Refusal:
    return Refusal(f"{name} is being updated by another deployment; try again when it is done.")
