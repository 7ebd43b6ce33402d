"""`make deploy`: the tables, then the API, then a try of it. The last line is its URL.

python -m tools.deploy --stage dev --via package [--canary 10]
"""

from __future__ import annotations

import argparse
import sys

from tools import ROOT, aws, data, parameters, refusals, stack
from tools.aws import Account
from tools.deploy import canary as canaries
from tools.deploy import checks, deployed, direct, package, smoke
from tools.refusals import Refusal
from tools.stages import Stage


def main() -> None:
    parser = argparse.ArgumentParser(prog="make deploy")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--via", default="chalice")
    parser.add_argument("--canary", default="")
    given = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a terminal or a pipe
    stage, via = checks.deployable(given.stage), checks.via(given.via)
    canary = canaries.percent(given.canary, via, stage)
    checks.python(stage)
    checks.settings(stage)
    checks.policy(stage)
    parameters.check(stage)
    account = aws.account(stage)
    deployed.check_place(stage, account)
    with checks.locked(stage):
        print(deploy(stage, account, via, canary))


def deploy(stage: Stage, account: Account, via: str, canary: int = 0) -> str:
    """Deploy a stage, and try it; gives its URL. Raises Refusal, ClientError."""
    print(f"Stage {stage.name}: account {account.number}, {account.region}, VIA={via}.")
    if line := parameters.ignored(stage, via):
        print(line)
    print(f"Tables ({stage.data_stack}):")
    if not data.apply(account.client, stage, print):
        print("  Nothing has changed.")
    print(f"API ({stage.stack}):")
    folder = ROOT / ".local/build" / stage.name
    before = package.live(stage, account) if via == "package" else None
    if via == "package":
        url = package.deploy(stage, account, folder, print, canary=canary)
        log = package.log_group(stage, account)
    else:
        url = direct.deploy(stage, account, folder, print)
        log = direct.log_group(stage)
    if other := _also(stage, account, via):
        print(f"It is deployed by VIA={other} too, at another URL: make destroy VIA={other}.")
    print(f"Trying {url}:")
    try:
        smoke.check(url, smoke.origin(stage.environment.get("ORIGINS", "")), print, log)
    except Refusal as refusal:
        if before is None:
            raise
        raise Refusal(f"{refusal} {package.take_back(stage, account, before)}".rstrip()) from None
    return url


def _also(stage: Stage, account: Account, via: str) -> str:
    """The other way by which the stage is deployed, as far as is known here; "" where none is."""
    if via == "package":
        return "chalice" if deployed.read(stage) else ""
    there = stack.status_of(account.client("cloudformation"), stage.stack)
    return "package" if there else ""


if __name__ == "__main__":
    refusals.ended(main)
