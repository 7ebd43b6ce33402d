"""What holds in the repository of a stage: which images go, and who may pull.

An image that was deployed has the tag `deployed-...` beside its own, and stays: Lambda fetches it
again, such as after weeks without a call, and each version that can be gone back to has one.
"""

from __future__ import annotations

from typing import Any

from tools.aws import Account

DEPLOYED = "deployed-"


def _expire(priority: int, why: str, **selection: Any) -> dict[str, Any]:
    rule = {"rulePriority": priority, "description": why, "selection": selection}
    return rule | {"action": {"type": "expire"}}


# Whatever fits the tags of a rule is left alone by all rules after it (ECR's documentation). No
# repository has as many images as the first one allows, so it expires none.
LIFECYCLE = {
    "rules": [
        _expire(
            1,
            "Images that were deployed stay",
            tagStatus="tagged",
            tagPrefixList=[DEPLOYED],
            countType="imageCountMoreThan",
            countNumber=100_000,
        ),
        _expire(
            2,
            "Images that were only pushed go after 30 days",
            tagStatus="any",
            countType="sinceImagePushed",
            countUnit="days",
            countNumber=30,
        ),
    ]
}


def pulling(account: Account) -> dict[str, Any]:
    """The statement that lets Lambda pull, for functions of this account."""
    place = f"{account.partition}:lambda:{account.region}:{account.number}"
    return {
        "Sid": "LambdaOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "Condition": {"StringLike": {"aws:sourceArn": f"arn:{place}:function:*"}},
    }
