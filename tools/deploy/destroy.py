"""`make destroy`: the API of a stage goes, and its data stay.

python -m tools.deploy.destroy --stage dev [--via chalice|package] [--confirm users-api-dev]
"""

from __future__ import annotations

import argparse
import sys

from tools import aws, refusals, stack
from tools.aws import Account
from tools.deploy import checks, deployed, direct
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

STAYS = "What stays: the tables of {data}, and the bucket of what was deployed."


def destroy(stage: Stage, account: Account, via: str, confirm: str, show: Show) -> None:
    """Delete what `via` has deployed, or whatever there is with "". Raises Refusal.

    `confirm` is the stack's name; where it is "", the person at the terminal is asked for it.
    """
    if stage.protected:
        raise Refusal(
            f"Stage {stage.name} is protected: set its termination_protection to false in "
            ".chalice/config.json first."
        )
    there = [one for one in found(stage, account) if via in ("", one)]
    if not there:
        raise Refusal(f"Nothing is deployed of stage {stage.name} in {account.region}.")
    client = account.client("cloudformation")
    stack.check_ours(client, stage.stack, stage.app, stage.name)
    if "package" in there and stack.protected(client, stage.stack):
        raise Refusal(f"CloudFormation protects {stage.stack}: `make deploy` once, it lifts that.")
    for one in there:
        show(f"What goes: {GOES[one].format(stack=stage.stack)}.")
    show(STAYS.format(data=stage.data_stack))
    if (confirm or _asked(stage.stack)) != stage.stack:
        raise Refusal(f"Nothing was deleted: that is not {stage.stack}.")
    if "package" in there:
        stack.delete(client, stage.stack, show)
    if "chalice" in there:
        direct.destroy(stage, account, show)
    show(f"{stage.stack} is gone.")


GOES = {
    "package": "the stack {stack} with its API, function, versions, layer, role, log and alarms",
    "chalice": "what chalice deploy has made as {stack}: API, function, layer and role",
}


def found(stage: Stage, account: Account) -> list[str]:
    """By which ways the stage is deployed."""
    by_stack = stack.status_of(account.client("cloudformation"), stage.stack)
    by_chalice = deployed.current(stage, account)
    return [way for way, is_there in (("package", by_stack), ("chalice", by_chalice)) if is_there]


def _asked(name: str) -> str:
    if not sys.stdin.isatty():
        raise Refusal(f"Nothing was deleted: add CONFIRM={name} where nobody can be asked.")
    try:
        return input(f"Type {name} to go on: ").strip()
    except EOFError:
        return ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make destroy")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--via", default="")
    parser.add_argument("--confirm", default="")
    given = parser.parse_args()
    stage = checks.deployable(given.stage)
    via = given.via and checks.via(given.via)
    with checks.locked(stage):
        destroy(stage, aws.account(stage), via, given.confirm, print)


if __name__ == "__main__":
    refusals.ended(main)
