"""The ways to deploy whose function has versions, an alias, and so a way back."""

from __future__ import annotations

from tools.aws import Account
from tools.deploy.image import Image
from tools.deploy.package import Package
from tools.deploy.release import Release
from tools.stages import Stage


def releases(stage: Stage, account: Account, engine: str = "") -> dict[str, Release]:
    """Of a stage, by VIA; whether it is deployed so or not. `engine` builds images."""
    both = (Package(stage, account), Image(stage, account, engine=engine))
    return {release.via: release for release in both}
