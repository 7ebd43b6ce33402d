"""`make push STAGE=dev`: build a stage's image, and push it to ECR. The last line is its URI.

python -m tools.image.push --stage dev [--engine podman]
"""

from __future__ import annotations

import argparse
import sys

from tools import aws, refusals
from tools.deploy import checks
from tools.image import build
from tools.image.build import Image
from tools.image.pushed import Pushed
from tools.image.repository import Repository
from tools.lines import Show
from tools.refusals import Refusal


def push(image: Image, repository: Repository, show: Show) -> Pushed:
    """See that an image is in the repository under its tag; gives what is there. Raises Refusal.

    What was interrupted may be pushed again: layers that are there are not sent twice, and a tag
    is set when all of them are.
    """
    name, there = f"{repository.name}:{image.tag}", repository.find(image.tag)
    if there:
        show(f"  {name} is in the repository already.")
    else:
        show(f"  Pushing {name}.")
        there = _sent(image, repository)
    if image.id not in (there.config, there.digest):  # an id is that of the one, or of the other
        raise Refusal(
            f"{name} is another image already, and tags do not move: commit what you have changed, "
            "or add TAG=."
        )
    if there.odd:
        raise Refusal(
            f"Lambda does not take {name}, which holds {there.odd}: push one image of one "
            "platform, without attestations, its layers compressed by gzip."
        )
    return there


def _sent(image: Image, repository: Repository) -> Pushed:
    login = repository.login()
    failed = None
    try:
        image.engine.push(
            image.reference,
            f"{login.registry}/{repository.name}:{image.tag}",
            user=login.user,
            password=login.password,
            insecure=login.insecure,
        )
    except Refusal as refusal:
        failed = refusal  # where another clone was a moment faster, it is there
    there = repository.find(image.tag)
    if there:
        return there
    if failed and "refuses the push" in str(failed):
        raise Refusal(f"{failed} infra/push.json is the policy that a push needs.") from None
    name = f"{repository.name}:{image.tag}"
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
