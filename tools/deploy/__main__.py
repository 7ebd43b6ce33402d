"""`make deploy`: the tables, then the API, then a try of it. The last line is its URL.

python -m tools.deploy --stage dev --via package [--canary 10]
"""

from __future__ import annotations

import argparse
import sys

from tools import ROOT, aws, refusals
from tools.aws import Account
from tools.cloudformation import parameters, stack
from tools.data import stack as data
from tools.deploy import calls, checks, deployed, direct, package, smoke
from tools.deploy import canary as canaries
from tools.refusals import Refusal
from tools.stages import Stage

LIVE = "It is live: correct it, and deploy again."


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
    before = package.live(stage, account) if via == "package" else None
    folder = ROOT / ".local/build" / stage.name
    if via == "package":
        url = package.deploy(stage, account, folder, print, canary=canary)
    else:
        url = direct.deploy(stage, account, folder, print)
    if also := _also(stage, account, via):
        print(also)
    try:
        _try(stage, account, via, url)
    except Refusal as refusal:
        broken = package.version(stage, account) if before else ""
        again = package.take_back(stage, account, before, broken) if before else ""
        raise Refusal(f"{refusal} {again or LIVE}") from None
    return url


def _try(stage: Stage, account: Account, via: str, url: str) -> None:
    """Try what was deployed. Raises Refusal."""
    origin = smoke.origin(stage.environment.get("ORIGINS", ""))
    if via != "package":
        print(f"Trying {url}:")
        smoke.check(url, origin, print, direct.log_group(stage))
        return
    log, now = package.log_group(stage, account), package.live(stage, account)
    assert now  # it was just deployed
    function, client = package.function(stage, account), account.client("lambda")
    version = calls.Version(client, function, now.canary or now.version, print)
    if now.canary:
        print(f"Trying version {now.canary} by itself, then {url}:")
        smoke.check_canary(version, url, origin, print, log)
    else:
        print(f"Trying {url}:")
        smoke.check(url, origin, print, log, version)


def _also(stage: Stage, account: Account, via: str) -> str:
    """A line where the stage is deployed by the other way, as far as is known here; or ""."""
    if via == "package":
        other = "chalice" if deployed.read(stage) else ""
    else:
        there = stack.status_of(account.client("cloudformation"), stage.stack)
        other = "package" if there else ""
    if not other:
        return ""
    return (
        f"Also deployed by VIA={other}, at another URL. When nobody calls that one any more: "
        f"make destroy STAGE={stage.name} VIA={other}"
    )


if __name__ == "__main__":
    refusals.ended(main)
