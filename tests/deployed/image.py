"""A stage deployed with VIA=image: what `package` is for VIA=package."""

from dataclasses import dataclass
from subprocess import CompletedProcess, Popen
from typing import Any
from urllib.parse import urlsplit

from tests import cloud
from tests.cloud import STACK, STAGE
from tests.deployed.package import Package, ended_well
from tests.images.store import Store
from tests.resources import Json

REPOSITORY = STACK
ENGINE = ("--engine", "buildah")


@dataclass
class Image(Package):
    """What a test does with a stage, and asks of it."""

    store: Store

    def deploy(self, *arguments: str) -> str:
        return ended_well(self.deployed(*arguments))

    def deployed(self, *arguments: str) -> CompletedProcess[str]:
        """However it ends."""
        command = cloud.deploying(self.clone, *ENGINE, *arguments, via="image")
        return self._run(*command)

    def make(self, *arguments: str) -> str:
        """`make ... STAGE=dev VIA=image`; gives what is printed. It must end well."""
        target, *variables = arguments
        names = (f"STAGE={STAGE}", "VIA=image", "ENGINE=buildah")
        return ended_well(self._run("make", "--no-print-directory", target, *names, *variables))

    def fail(self, *arguments: str) -> str:
        return cloud.line(self.deployed(*arguments))

    def start(self) -> Popen[str]:
        command = cloud.deploying(self.clone, *ENGINE, via="image")
        return cloud.started(self.aws, self.clone, *command, **self.store.environment)

    def _run(self, *command: str) -> CompletedProcess[str]:
        return cloud.run(self.aws, self.clone, *command, **self.store.environment)

    @property
    def outputs(self) -> dict[str, str]:
        return self.aws.outputs(f"{STACK}-image")

    @property
    def url(self) -> str:
        """By its host, as on AWS, so that links fit."""
        host = urlsplit(self.outputs["FunctionUrl"]).hostname or ""
        name = host.removesuffix(".on.aws")
        return f"http://{name}.localhost:{urlsplit(self.aws.url).port}"

    def images(self) -> dict[str, list[str]]:
        """The tags of each image in the repository, by its digest."""
        client: Any = self.aws.client("ecr")
        found: list[Json] = client.describe_images(repositoryName=REPOSITORY)["imageDetails"]
        return {each["imageDigest"]: each["imageTags"] for each in found}

    def code(self, qualifier: str = "live") -> str:
        """The image that the function has."""
        client: Any = self.aws.client("lambda")
        found = client.get_function(FunctionName=self.function, Qualifier=qualifier)
        uri: str = found["Code"]["ImageUri"]
        return uri
