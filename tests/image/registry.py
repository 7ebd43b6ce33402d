"""An ECR in this process, and an engine that pushes into it what a test tells."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from botocore.session import get_session

from tools import stages
from tools.aws import Account
from tools.image.build import Image
from tools.image.docker import Docker
from tools.image.pushed import INDEXES, MANIFESTS
from tools.image.repository import Repository

DEV = stages.read("dev")
NUMBER, REGION = "123456789012", "us-east-1"  # the emulated ECR's own
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
ID = f"sha256:{'1' * 64}"


class Ecr:
    """A client that may lack grants, and let something happen in between."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.asked: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.denied: set[str] = set()
        self.before: dict[str, Callable[[], object]] = {}  # what somebody else does first, once

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def ask(**request: Any) -> Any:
            self.asked.append(operation)
            self.requests.append(request)
            if happens := self.before.pop(operation, None):
                happens()
            if operation in self.denied:
                name = "".join(word.capitalize() for word in operation.split("_"))
                raise ClientError({"Error": {"Code": "AccessDeniedException"}}, name)
            return getattr(self.client, operation)(**request)

        return ask


class Registry:
    """The ECR of an account."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.ecr = Ecr(get_session().create_client("ecr", region_name=REGION))
        self.account: Any = Account(NUMBER, REGION, "aws", get_session())
        object.__setattr__(self.account, "client", lambda _: self.ecr)

    @property
    def repository(self) -> Repository:
        return Repository(DEV, self.account, self.shown.append)

    def put(self, tag: str, image_id: str = ID, layer: str = LAYER, *, index: bool = False) -> str:
        """An image with this id, as somebody has pushed it; gives its digest."""
        config = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 1}
        layers = [{"mediaType": layer, "size": 1, "digest": f"sha256:{'2' * 64}"}]
        kind = INDEXES[1] if index else MANIFESTS[1]
        manifest = {"schemaVersion": 2, "mediaType": kind}
        manifest |= {"config": config | {"digest": image_id}, "layers": layers}
        if index:
            manifest = {"schemaVersion": 2, "mediaType": kind, "manifests": []}
        put = self.ecr.client.put_image(
            repositoryName=DEV.repository,
            imageTag=tag,
            imageManifest=json.dumps(manifest),
            imageManifestMediaType=kind,
        )
        digest: str = put["image"]["imageId"]["imageDigest"]
        return digest

    def tags(self, digest: str) -> list[str]:
        found = self.ecr.client.describe_images(
            repositoryName=DEV.repository, imageIds=[{"imageDigest": digest}]
        )
        tags: list[str] = found["imageDetails"][0]["imageTags"]
        return tags


class Pusher(Docker):
    """Pushes by doing what a test tells it."""

    def __init__(self, push: Callable[[str], object]) -> None:
        self._push = push
        self.asked: list[dict[str, Any]] = []

    def push(
        self, reference: str, to: str, *, user: str, password: str, insecure: bool = False
    ) -> None:
        self.asked.append(
            {"reference": reference, "to": to, "user": user, "password": password}
            | {"insecure": insecure}
        )
        self._push(to.rpartition(":")[2])

    def image(self, tag: str = "abc", image_id: str = ID) -> Image:
        """What was built here."""
        name = f"{DEV.repository}:{tag}"
        return Image(name, image_id, tag, self, Path("sbom.json"), "base", {}, {})
