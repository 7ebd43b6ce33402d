"""`make deploy`: the tables, then the API, then a try of it. The last line is its URL.

python -m tools.deploy --stage dev --via package [--canary 10] [--engine podman]
"""

from __future__ import annotations

import argparse
import sys

from tools import ROOT, aws, refusals
from tools.aws import Account
from tools.cloudformation import parameters
from tools.data import stack as data
from tools.deploy import calls, checks, deployed, direct, protected, smoke
from tools.deploy import canary as canaries
from tools.deploy.image import Image, check_region
from tools.deploy.release import Release
from tools.deploy.ways import releases
from tools.refusals import Refusal
from tools.stages import Stage

LIVE = "It is live: correct it, and deploy again."


def main() -> None:
    parser = argparse.ArgumentParser(prog="make deploy")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--via", default="chalice")
    parser.add_argument("--canary", default="")
    parser.add_argument("--engine", default="")
    given = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a terminal or a pipe
    stage, via = checks.deployable(given.stage), checks.via(given.via)
    canary = canaries.percent(given.canary, via, stage)
    checks.python(stage)
    checks.settings(stage)
    checks.buckets(stage)
    checks.secret(stage)
    checks.tokens(stage, via)
    protected.by(stage)  # a TOKEN that is none is told now, and not after all is done
    checks.policy(stage)
    parameters.check(stage)
    account = aws.account(stage)
    deployed.check_place(stage, account)
    with checks.locked(stage):
        print(deploy(stage, account, via, canary, given.engine))


def deploy(stage: Stage, account: Account, via: str, canary: int = 0, engine: str = "") -> str:
    """Deploy a stage, and try it; gives its URL. Raises Refusal, ClientError."""
    print(f"Stage {stage.name}: account {account.number}, {account.region}, VIA={via}.")
    if line := parameters.ignored(stage, via):
        print(line)
    if via == Image.via:
        check_region(account)  # before there is anything
    _tables(stage, account)
    release = releases(stage, account, engine).get(via)
    print(f"API ({release.stack if release else stage.stack}):")
    before = release.live() if release else None
    folder = ROOT / ".local/build" / stage.name
    if release:
        url = release.deploy(folder, print, canary)
    else:
        url = direct.deploy(stage, account, folder, print)
    for line in _also(stage, account, via):
        print(line)
    try:
        if release:
            _try(release, url)
        else:
            _try_chalice(stage, url)
    except Refusal as refusal:
        again = release.take_back(before, release.outputs["Version"]) if release and before else ""
        raise Refusal(f"{refusal} {again or LIVE}") from None
    return url


def _tables(stage: Stage, account: Account) -> None:
    print(f"Tables ({stage.data_stack}):")
    if not data.apply(account.client, stage, print):
        print("  Nothing has changed.")


def _try_chalice(stage: Stage, url: str) -> None:
    """Try what Chalice has deployed. Raises Refusal."""
    print(f"Trying {url}:")
    log, asked = direct.log_group(stage), protected.by(stage)
    smoke.check(calls.Api(url, print), _origin(stage), print, log, asked=asked)


def _try(release: Release, url: str) -> None:
    """Try what was deployed: the version, and the way to it. Raises Refusal."""
    given, now = release.outputs, release.live()
    assert now  # it was just deployed
    client, log = release.account.client("lambda"), given["LogGroup"]
    version = calls.Version(client, given["APIHandlerName"], now.canary or now.version, print)
    signer, asked = release.signer, protected.by(release.stage)
    # Of what is signed, a browser's preflight never is: Lambda itself refuses it.
    origin = None if signer else _origin(release.stage)
    api = calls.Api(url, print, signer)
    if now.canary:
        print(f"Trying version {now.canary} by itself, then {url}:")
        smoke.check_canary(version, api, origin, print, log, asked=asked)
    else:
        print(f"Trying {url}:")
        smoke.check(api, origin, print, log, version, asked=asked)


def _origin(stage: Stage) -> str | None:
    return smoke.origin(stage.environment.get("ORIGINS", ""))


def _also(stage: Stage, account: Account, via: str) -> list[str]:
    """A line for each other way that the stage is deployed by, as far as is known here."""
    others = [way for way, release in releases(stage, account).items() if release.there]
    others += ["chalice"] if deployed.read(stage) else []
    return [
        f"Also deployed by VIA={way}, at another URL. When nobody calls that one any more: "
        f"make destroy STAGE={stage.name} VIA={way}"
        for way in others
        if way != via
    ]


if __name__ == "__main__":
    refusals.ended(main)
