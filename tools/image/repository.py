"""The repository of a stage in ECR: made where it is missing, with tags that never move."""

from __future__ import annotations

import json
import os
import re
from base64 import b64decode
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from tools.aws import Account
from tools.image import rules
from tools.image.pushed import INDEXES, MANIFESTS, Pushed
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # ECR's, as far as the name of a stack can be one
DENIED = {"AccessDenied", "AccessDeniedException"}


@dataclass(frozen=True)
class Login:
    """Where to push, and as whom, for some hours."""

    registry: str  # a host, with its port where that is another than 443
    user: str
    password: str
    insecure: bool  # HTTP: an emulator's


class Repository:
    """The repository of a stage; it is there, as it should be, when this has been made.

    Raises Refusal, also where it is somebody else's.
    """

    def __init__(self, stage: Stage, account: Account, show: Show) -> None:
        self.name = stage.repository
        if not NAME.fullmatch(self.name):
            raise Refusal(
                f"ECR takes no repository called {self.name}: let app_name and APP_NAME, and the "
                "stage's name, have single - between letters and digits."
            )
        self._client, self._account, self._show = account.client("ecr"), account, show
        self._owner = {"App": stage.app, "Stage": stage.name}
        found = self._found() or self._make()
        self._uri = str(found["repositoryUri"])
        self._check(found)
        self._set_rules()
        self._let_lambda_pull()

    def login(self) -> Login:
        """Credentials for the registry, of these for AWS."""
        (given,) = self._ask("get_authorization_token")["authorizationData"]
        user, _, password = b64decode(given["authorizationToken"]).decode().partition(":")
        # An emulator tells the address that AWS would have, where it is not.
        url = os.environ["AWS_ENDPOINT_URL"] if self._account.emulated else given["proxyEndpoint"]
        place = urlsplit(url)
        return Login(place.netloc, user, password, place.scheme == "http")

    def uri(self, image: Pushed) -> str:
        """What Lambda takes an image by: nothing that is pushed later changes what it means."""
        return f"{self._uri}@{image.digest}"

    def find(self, tag: str) -> Pushed | None:
        """The image with a tag."""
        found = self._ask(
            "batch_get_image",
            repositoryName=self.name,
            imageIds=[{"imageTag": tag}],
            acceptedMediaTypes=[*MANIFESTS, *INDEXES],  # as it was pushed, not translated
        )["images"]
        if not found:
            return None
        (image,) = found
        digest = image["imageId"]["imageDigest"]
        return Pushed(digest, image["imageManifest"], image["imageManifestMediaType"])

    def keep(self, image: Pushed) -> None:
        """Let an image stay for ever: give it the tag of those that were deployed."""
        tag = f"{rules.DEPLOYED}{image.digest.removeprefix('sha256:')[:12]}"
        if found := self.find(tag):
            if found.digest != image.digest:
                raise Refusal(
                    f"{self.name}:{tag} is another image, which no deployment tagged so: delete it."
                )
            return
        try:
            self._ask(
                "put_image",
                repositoryName=self.name,
                imageTag=tag,
                imageDigest=image.digest,
                imageManifest=image.manifest,
                imageManifestMediaType=image.media_type,
            )
        except ClientError as error:
            if _code(error) not in (
                "ImageAlreadyExistsException",
                "ImageTagAlreadyExistsException",
            ):
                raise  # else another deployment of the same was a moment faster

    def _found(self) -> dict[str, Any] | None:
        try:
            found = self._ask("describe_repositories", repositoryNames=[self.name])
        except ClientError as error:
            if _code(error) == "RepositoryNotFoundException":
                return None
            raise
        repository: dict[str, Any] = found["repositories"][0]
        return repository

    def _make(self) -> dict[str, Any]:
        self._show(f"  Making the repository {self.name}.")
        try:
            made = self._ask(
                "create_repository",
                repositoryName=self.name,
                imageTagMutability="IMMUTABLE",
                imageScanningConfiguration={"scanOnPush": True},
                tags=[{"Key": key, "Value": value} for key, value in self._owner.items()],
            )
        except ClientError as error:
            found = _code(error) == "RepositoryAlreadyExistsException" and self._found()
            if not found:
                raise
            return found  # another clone was a moment faster
        repository: dict[str, Any] = made["repository"]
        return repository

    def _check(self, found: dict[str, Any]) -> None:
        tags = self._ask("list_tags_for_resource", resourceArn=found["repositoryArn"])["tags"]
        given = {tag["Key"]: tag["Value"] for tag in tags}
        if not self._owner.items() <= given.items():
            app, stage = self._owner.values()
            raise Refusal(
                f"There is a repository {self.name} that stage {stage} of {app} did not make: tag "
                f"it App={app} and Stage={stage} if it may be used, or change app_name and "
                "APP_NAME in .chalice/config.json."
            )
        if found["imageTagMutability"] != "IMMUTABLE":
            raise Refusal(
                f"The tags of repository {self.name} can be moved: `aws ecr "
                f"put-image-tag-mutability --repository-name {self.name} --image-tag-mutability "
                "IMMUTABLE`."
            )

    def _set_rules(self) -> None:
        text = self._text("get_lifecycle_policy", "lifecyclePolicyText")
        if json.loads(text or "{}") == rules.LIFECYCLE:
            return
        self._show("  Its rules: what is not deployed goes after 30 days.")
        whole = json.dumps(rules.LIFECYCLE)
        self._ask("put_lifecycle_policy", repositoryName=self.name, lifecyclePolicyText=whole)

    def _let_lambda_pull(self) -> None:
        text = self._text("get_repository_policy", "policyText")
        policy = json.loads(text or '{"Version": "2012-10-17", "Statement": []}')
        ours = rules.pulling(self._account)
        if ours in policy["Statement"]:
            return
        others = [each for each in policy["Statement"] if each.get("Sid") != ours["Sid"]]
        whole = json.dumps(policy | {"Statement": [*others, ours]})
        self._ask("set_repository_policy", repositoryName=self.name, policyText=whole)

    def _text(self, operation: str, key: str) -> str:
        """A policy of the repository; "" where it has none."""
        try:
            return str(self._ask(operation, repositoryName=self.name)[key])
        except ClientError as error:
            if _code(error).endswith("PolicyNotFoundException"):
                return ""
            raise

    def _ask(self, operation: str, **request: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**request)
        except ClientError as error:
            if _code(error) in DENIED:
                raise Refusal(
                    f"These credentials may not do ecr:{error.operation_name} on the repository "
                    f"{self.name}: infra/push.json is the policy that a push needs."
                ) from None
            raise
        return answer


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
