"""`make destroy`: the API of a stage goes, and its data stay.

python -m tools.deploy.destroy --stage dev [--via chalice|package|image] [--confirm NAME]
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tools import aws, refusals
from tools.aws import Account
from tools.cloudformation import stack
from tools.deploy import checks, deployed, direct
from tools.deploy.image import Image
from tools.deploy.ways import releases
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

GOES = {
    "package": "the stack {stack} with its API, function, versions, layer, role, log and alarms",
    "image": "the stack {stack}-image with its URL, function, versions, role, log and alarms",
    "chalice": "what chalice deploy has made as {stack}: API, function, layer and role",
}
STAYS = {
    "package": "the bucket of what was deployed",
    "image": "the repository {repository} with its images",
    "chalice": "the log group {log}",
}


def destroy(stage: Stage, account: Account, via: str, confirm: str, show: Show) -> None:
    """Delete what `via` has deployed, or whatever there is with "". Raises Refusal.

    `confirm` is the name of the stack that goes, of the stage's own where several do; where it is
    "", the person at the terminal is asked for it.
    """
    if stage.protected:
        raise Refusal(
            f"Stage {stage.name} is protected: set its termination_protection to false in "
            ".chalice/config.json first."
        )
    known = found(stage, account)
    there = [one for one in known if via in ("", one)]
    if not there:
        by = f" by VIA={via}" if via else ""
        raise Refusal(f"Nothing is deployed{by} of stage {stage.name} in {account.region}.")
    for release in releases(stage, account).values():
        stack.check_ours(account.client("cloudformation"), release.stack, stage.app, stage.name)
    _announce(stage, there, show)
    name = stage.image_stack if there == [Image.via] else stage.stack
    if (confirm or _asked(name)) != name:
        raise Refusal(f"Nothing was deleted: that is not {name}.")
    for one in there:
        _delete(stage, account, one, show)
    for one in known:
        if one not in there:
            show(f"The API of VIA={one} is there still.")


def _announce(stage: Stage, there: list[str], show: Show) -> None:
    for one in there:
        show(f"What goes: {GOES[one].format(stack=stage.stack)}.")
    stays = [f"the tables and buckets of {stage.data_stack}"]
    log, repository = direct.log_group(stage), stage.repository
    stays += [STAYS[one].format(log=log, repository=repository) for one in there]
    show(f"What stays: {', and '.join(stays)}.")


def _url(stage: Stage, account: Account, via: str) -> str:
    """Where it answers; "" where that is not known here, or it was never made whole."""
    if release := releases(stage, account).get(via):
        return release.url
    apis = [one for one in deployed.read(stage) if one["name"] == deployed.API]
    return next((one.get("rest_api_url", "").rstrip("/") for one in apis), "")


def _delete(stage: Stage, account: Account, via: str, show: Show) -> None:
    url = _url(stage, account, via)
    if release := releases(stage, account).get(via):
        client = account.client("cloudformation")
        _unprotect(release.stack, client, show)
        stack.delete(client, release.stack, show)
    else:
        direct.destroy(stage, account, show)
    show(f"The API of VIA={via} is gone{url and f': {url}'}")
    if via == "image":
        repository = f"--repository-name {stage.repository} --region {account.region}"
        show(f"Its images, where nobody needs them: aws ecr delete-repository --force {repository}")


def _unprotect(name: str, client: Any, show: Show) -> None:
    """The owner's word is .chalice/config.json; the last deployment may have found another."""
    if stack.protected(client, name):
        client.update_termination_protection(StackName=name, EnableTerminationProtection=False)
        show("  Its termination protection is lifted, as .chalice/config.json says.")


def found(stage: Stage, account: Account) -> list[str]:
    """By which ways the stage is deployed."""
    by_stack = [way for way, release in releases(stage, account).items() if release.there]
    return by_stack + (["chalice"] if deployed.current(stage, account) else [])


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
