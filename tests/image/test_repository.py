"""The repository of a stage: as it is made, mended, and left alone where it is somebody else's."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from tests.image.registry import DEV, NUMBER, REGION, Registry
from tools.image import rules
from tools.image.pushed import INDEXES, MANIFESTS
from tools.image.repository import Repository
from tools.refusals import Refusal

HOST = f"{NUMBER}.dkr.ecr.{REGION}.amazonaws.com"


def described(registry: Registry) -> Any:
    names = [DEV.repository]
    return registry.ecr.client.describe_repositories(repositoryNames=names)["repositories"][0]


def lifecycle(registry: Registry) -> Any:
    found = registry.ecr.client.get_lifecycle_policy(repositoryName=DEV.repository)
    return json.loads(found["lifecyclePolicyText"])


def statements(registry: Registry) -> Any:
    found = registry.ecr.client.get_repository_policy(repositoryName=DEV.repository)
    return json.loads(found["policyText"])["Statement"]


def refused(registry: Registry) -> str:
    with pytest.raises(Refusal) as raised:
        _ = registry.repository
    line = str(raised.value)
    assert "\n" not in line
    return line


def test_it_is_made_with_all_that_holds_in_it(registry: Registry) -> None:
    _ = registry.repository
    found = described(registry)
    assert found["imageTagMutability"] == "IMMUTABLE"
    assert found["imageScanningConfiguration"] == {"scanOnPush": True}
    tags = registry.ecr.client.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"App": DEV.app, "Stage": "dev"}
    first, second = lifecycle(registry)["rules"]
    assert first["selection"] == {
        "tagStatus": "tagged",
        "tagPrefixList": ["deployed-"],
        "countType": "imageCountMoreThan",
        "countNumber": 100_000,
    }
    assert second["selection"] == {
        "tagStatus": "any",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 30,
    }
    assert [rule["rulePriority"] for rule in (first, second)] == [1, 2]
    (pulling,) = statements(registry)
    assert pulling["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert pulling["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert pulling["Condition"] == {
        "StringLike": {"aws:sourceArn": f"arn:aws:lambda:{REGION}:{NUMBER}:function:*"}
    }
    assert registry.shown == [
        f"  Making the repository {DEV.repository}.",
        "  Its rules: what is not deployed goes after 30 days.",
    ]


def test_what_is_right_is_only_looked_at(registry: Registry) -> None:
    _ = registry.repository
    registry.ecr.asked.clear()
    registry.shown.clear()
    _ = registry.repository
    assert [one for one in registry.ecr.asked if one.startswith(("put", "set", "create"))] == []
    assert registry.shown == []


@pytest.mark.parametrize("after", ["put_lifecycle_policy", "set_repository_policy"])
def test_an_interrupted_making_is_ended_by_the_next(registry: Registry, after: str) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    registry.ecr.before[after] = interrupt
    with pytest.raises(KeyboardInterrupt):
        _ = registry.repository
    _ = registry.repository
    assert lifecycle(registry) == rules.LIFECYCLE
    assert statements(registry) == [rules.pulling(registry.account)]


def test_rules_that_somebody_changed_are_set_again(registry: Registry) -> None:
    _ = registry.repository
    other = {"rules": rules.LIFECYCLE["rules"][1:]}
    registry.ecr.client.put_lifecycle_policy(
        repositoryName=DEV.repository, lifecyclePolicyText=json.dumps(other)
    )
    _ = registry.repository
    assert lifecycle(registry) == rules.LIFECYCLE


def test_who_else_may_pull_may_go_on(registry: Registry) -> None:
    _ = registry.repository
    (ours,) = statements(registry)
    theirs = ours | {"Sid": "Theirs", "Principal": {"AWS": "210987654321"}}
    narrower = ours | {"Action": ["ecr:BatchGetImage"]}
    registry.ecr.client.set_repository_policy(
        repositoryName=DEV.repository,
        policyText=json.dumps({"Version": "2012-10-17", "Statement": [theirs, narrower]}),
    )
    _ = registry.repository
    assert statements(registry) == [theirs, ours]


@pytest.mark.parametrize("tags", [{}, {"App": "users-api", "Stage": "prod"}, {"App": "users-api"}])
def test_a_repository_of_somebody_else(registry: Registry, tags: dict[str, str]) -> None:
    registry.ecr.client.create_repository(
        repositoryName=DEV.repository,
        tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    assert refused(registry) == (
        f"There is a repository {DEV.repository} that stage dev of {DEV.app} did not make: tag it "
        f"App={DEV.app} and Stage=dev if it may be used, or change app_name and APP_NAME in "
        ".chalice/config.json."
    )
    assert not any(one.startswith(("put", "set")) for one in registry.ecr.asked)


def test_tags_that_somebody_lets_move(registry: Registry) -> None:
    _ = registry.repository
    registry.ecr.client.put_image_tag_mutability(
        repositoryName=DEV.repository, imageTagMutability="MUTABLE"
    )
    line = refused(registry)
    assert line.startswith(f"The tags of repository {DEV.repository} can be moved: `aws ecr put-im")


def test_another_clone_makes_it_in_the_same_moment(registry: Registry) -> None:
    ecr = registry.ecr

    def made() -> None:
        _ = registry.repository

    ecr.before["create_repository"] = made
    _ = registry.repository
    assert described(registry)["imageTagMutability"] == "IMMUTABLE"


@pytest.mark.parametrize(
    "operation",
    [
        "describe_repositories",
        "create_repository",
        "list_tags_for_resource",
        "get_lifecycle_policy",
        "put_lifecycle_policy",
        "get_repository_policy",
        "set_repository_policy",
    ],
)
def test_a_grant_that_lacks_is_named(registry: Registry, operation: str) -> None:
    registry.ecr.denied = {operation}
    name = operation.title().replace("_", "")
    assert refused(registry) == (
        f"These credentials may not do ecr:{name} on the repository {DEV.repository}: "
        "infra/push.json is the policy that a push needs."
    )


@pytest.mark.parametrize("app", ["my--api", "api-"])
def test_a_name_that_ecr_does_not_take(registry: Registry, app: str) -> None:
    with pytest.raises(Refusal, match=f"^ECR takes no repository called {app}-dev: let app_name "):
        Repository(replace(DEV, app=app), registry.account, print)


def test_capital_letters_are_small_there(registry: Registry) -> None:
    assert Repository(replace(DEV, app="Cats"), registry.account, print).name == "cats-dev"
    with pytest.raises(Refusal, match=r"^There is a repository cats-dev that stage dev of cats "):
        Repository(replace(DEV, app="cats"), registry.account, print)


def test_the_login_is_for_what_ecr_says(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = registry.repository
    token = b64encode(b"AWS:secret:with:colons").decode()
    given = {"authorizationToken": token, "proxyEndpoint": f"https://{HOST}"}
    answer = {"authorizationData": [given]}
    monkeypatch.setattr(registry.ecr.client, "get_authorization_token", lambda: answer)
    login = repository.login()
    assert (login.registry, login.user, login.password, login.insecure) == (
        HOST,
        "AWS",
        "secret:with:colons",
        False,
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert (repository.login().registry, repository.login().insecure) == ("127.0.0.1:4566", True)


def test_an_image_that_is_deployed_has_a_tag_that_stays(registry: Registry) -> None:
    repository = registry.repository
    digest = registry.put("abc")
    image = repository.find("abc")
    assert image is not None
    for _ in range(2):
        repository.keep(image)
    assert registry.tags(digest) == ["abc", f"deployed-{digest[7:19]}"]
    assert repository.uri(image) == f"{HOST}/{DEV.repository}@{digest}"


def test_a_tag_that_stays_on_another_image_is_refused(registry: Registry) -> None:
    repository = registry.repository
    registry.put("abc")
    image = repository.find("abc")
    assert image is not None
    repository.keep(image)
    another = replace(image, digest=f"{image.digest[:19]}{'0' * 52}")
    with pytest.raises(Refusal, match="is another image, which no deployment tagged so"):
        repository.keep(another)


def test_another_deployment_of_the_same_in_the_same_moment(registry: Registry) -> None:
    repository = registry.repository
    digest = registry.put("abc")
    image = repository.find("abc")
    assert image is not None
    registry.ecr.before["put_image"] = lambda: repository.keep(image)
    repository.keep(image)
    assert registry.tags(digest) == ["abc", f"deployed-{digest[7:19]}"]


def test_an_image_is_asked_for_as_it_was_pushed(registry: Registry) -> None:
    """Else ECR translates what is of OCI, and its digest is another."""
    _ = registry.repository.find("abc")
    assert registry.ecr.requests[-1] == {
        "repositoryName": DEV.repository,
        "imageIds": [{"imageTag": "abc"}],
        "acceptedMediaTypes": [*MANIFESTS, *INDEXES],
    }
