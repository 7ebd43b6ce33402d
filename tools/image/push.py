"""`make push STAGE=dev`: build a stage's image, and push it to ECR. The last line is its URI.

python -m tools.image.push --stage dev [--engine podman]
"""

from __future__ import annotations

import argparse
import os
import sys

from tools import aws, refusals
from tools.deploy import checks
from tools.image import build
from tools.image.build import Image
from tools.image.pushed import Pushed
from tools.image.repository import Repository
from tools.lines import Show
from tools.refusals import Refusal

CAUSES = "(of another base or engine, or of other source)"


def push(image: Image, repository: Repository, show: Show) -> Pushed:
    """See that an image is in the repository under its tag; gives what is there. Raises Refusal.

    What was interrupted may be pushed again: layers that are there are not sent twice, and a tag
    is set when all of them are. Where a commit's tag is taken by another image, as after AWS has
    patched the base, the image's id is added to it.
    """
    tag, own = image.tag, f"-{image.id.partition(':')[2][:12]}"
    there = _seen(image, tag, repository, show)
    if not _same(image, there) and not os.environ.get("TAG") and not tag.endswith(own):
        taken = f"{repository.name}:{tag} is another image {CAUSES}"
        show(f"  {taken}: this one gets the tag {tag}{own}.")
        tag += own
        there = _seen(image, tag, repository, show)
    name = f"{repository.name}:{tag}"
    if not _same(image, there):
        raise Refusal(
            f"{name} is another image already {CAUSES}, and tags do not move: choose another TAG=, "
            "or leave it out."
        )
    if there.odd:
        raise Refusal(
            f"Lambda does not take {name}, which holds {there.odd}: push one image of one "
            "platform, without attestations, its layers compressed by gzip."
        )
    return there


def _same(image: Image, there: Pushed) -> bool:
    return image.id in (there.config, there.digest)  # an id is that of the one, or of the other


def _seen(image: Image, tag: str, repository: Repository, show: Show) -> Pushed:
    """What has the tag, once something has."""
    name = f"{repository.name}:{tag}"
    if there := repository.find(tag):
        if _same(image, there):
            show(f"  {name} is in the repository already.")
        return there
    show(f"  Pushing {name}.")
    return _sent(image, tag, repository)


def _sent(image: Image, tag: str, repository: Repository) -> Pushed:
    login = repository.login()
    failed = None
    try:
        image.engine.push(
            image.reference,
            f"{login.registry}/{repository.name}:{tag}",
            user=login.user,
            password=login.password,
            insecure=login.insecure,
        )
    except Refusal as refusal:
        failed = refusal  # where another clone was a moment faster, it is there
    there = repository.find(tag)
    if there:
        return there
    if failed and "refuses the push" in str(failed):
        raise Refusal(f"{failed} infra/push.json is the policy that a push needs.") from None
    name = f"{repository.name}:{tag}"
    raise failed or Refusal(f"{name} was pushed, and is not there: give the same command again.")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make push")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--engine", default="")
    given = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a terminal or a pipe
    stage = checks.deployable(given.stage)
    account = aws.account(stage)
    with checks.locked(stage):
        print(f"Stage {stage.name}: account {account.number}, {account.region}.")
        repository = Repository(stage, account, print)
        image = build.build(stage, engine=given.engine)
        print(repository.uri(push(image, repository, print)))


if __name__ == "__main__":
    refusals.ended(main)
