"""`make rollback`: the alias `live` back to an earlier version, in one call. Data stay as they are.

python -m tools.deploy.rollback --stage dev [--via image] [--version 3]
"""

from __future__ import annotations

import argparse

from tools import aws, refusals
from tools.aws import Account
from tools.deploy import alias, checks
from tools.deploy.release import Release
from tools.deploy.ways import releases
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage


def rollback(stage: Stage, account: Account, via: str, version: str, show: Show) -> None:
    """Serve an earlier version: `version`, or with "" what was live before. Raises Refusal.

    `via` is the way that it was deployed; "" where there is one only. A canary is ended by it, and
    so is a move that Lambda has not ended: the version that was live all the time gets all calls.
    """
    given = _released(stage, account, via).outputs
    client, function = account.client("lambda"), given["APIHandlerName"]
    live, made = alias.read(client, function), alias.versions(client, function)
    given_up = live.canary or live.coming
    to = version or (live.version if given_up else _earlier(live, made))
    if to not in made:
        raise Refusal(f"There is no version {to}: only {', '.join(made)}.")
    if to == live.version and not given_up:
        raise Refusal(f"Version {to} is live already.")
    alias.point(client, function, alias.Live(to, before="" if to != live.version else live.before))
    _tell(live, to, made, show)
    if now := alias.read(client, function).coming:
        show(f"Provisioned concurrency: Lambda makes version {now} ready first, for minutes.")
    show("The next `make deploy` brings its own source live again.")


def _released(stage: Stage, account: Account, via: str) -> Release:
    """What has an alias to move. Raises Refusal."""
    ways = releases(stage, account).items()
    there = [release for way, release in ways if via in ("", way) and "Alias" in release.outputs]
    if len(there) > 1:
        raise Refusal(
            f"Stage {stage.name} is deployed by VIA=package and by VIA=image: add the one to go "
            "back with."
        )
    if not there:
        raise Refusal(
            f"Nothing with versions to go back to is deployed{via and f' by VIA={via}'} of stage "
            f"{stage.name} in {account.region}: only VIA=package and VIA=image make them."
        )
    return there[0]


def _tell(live: alias.Live, to: str, made: dict[str, str], show: Show) -> None:
    if live.canary:
        show(f"The canary has ended: {_told(live.canary, made)}, gets no more calls.")
    if live.coming:
        show(f"Given up: {_told(live.coming, made)}, which Lambda had not made ready.")
    if to == live.version:
        show(f"All calls go to {_told(to, made)}.")
    else:
        show(f"From {_told(live.version, made)},\n  to {_told(to, made)}.")


def _earlier(live: alias.Live, made: dict[str, str]) -> str:
    """What was live before; where that is not known, the version made before."""
    if live.before in made:
        return live.before
    older = [version for version in made if int(version) < int(live.version)]
    if not older:
        raise Refusal(f"Version {live.version} is live, and there is none before it.")
    return older[-1]


def _told(version: str, made: dict[str, str]) -> str:
    when = made.get(version, "")[:16].replace("T", " ")
    return f"version {version}, made {when} UTC" if when else f"version {version}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make rollback")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--via", default="")
    parser.add_argument("--version", default="")
    given = parser.parse_args()
    stage = checks.deployable(given.stage)
    via = given.via and checks.via(given.via)
    with checks.locked(stage):
        rollback(stage, aws.account(stage), via, given.version, print)


if __name__ == "__main__":
    refusals.ended(main)
