"""VIA=image: the API as a container image behind a function URL, a stack of its own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tools.aws import Account
from tools.cloudformation import parameters
from tools.deploy import payload, template
from tools.deploy.release import Made, Release
from tools.deploy.signing import Signer
from tools.image import build
from tools.image.push import push
from tools.image.repository import Repository
from tools.lines import Show
from tools.refusals import Refusal

TEMPLATE = "infra/image.json"
# By AWS's documentation, as of November 2026 ("Creating and managing Lambda function URLs").
WITHOUT_URLS = {
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
}
# What Chalice says of a zip, and what SAM alone calls so.
OF_ZIPS = {"CodeUri", "Handler", "Layers", "Runtime", "Tags", "Tracing"}


@dataclass(frozen=True)
class Image(Release):
    """A function from an image, with a URL of its own."""

    engine: str = ""  # which is to build; "" for the first that is there
    via = "image"

    @property
    def stack(self) -> str:
        return self.stage.image_stack

    @property
    def url(self) -> str:
        given = self.outputs.get("FunctionUrl", "").rstrip("/")
        if not (given and self.account.emulated):
            return given
        endpoint = os.environ["AWS_ENDPOINT_URL"].rstrip("/")
        return f"{endpoint}/_aws/lambda-url/{(urlsplit(given).hostname or '').partition('.')[0]}"

    @property
    def signer(self) -> Signer | None:
        return Signer(self.account) if self.outputs.get("UrlAuthType") == "AWS_IAM" else None

    def deploy(self, folder: Path, show: Show, canary: int = 0) -> str:
        check_region(self.account)
        return super().deploy(folder, show, canary)

    def make(self, folder: Path, show: Show) -> Made:
        repository = Repository(self.stage, self.account, show)
        # Before the image: where Chalice cannot read the app, nothing is built for minutes.
        described = parameters.read(payload.described(self.stage, self.root, folder))
        built = build.build(self.stage, self.root, self.engine, lambda line: show(f"  {line}"))
        there = push(built, repository, show)
        repository.keep(there)
        uri = repository.uri(there)
        image = parameters.read(self.root / TEMPLATE)
        made = of(template.exact(described, self.account), image, uri)
        body = json.dumps(made, indent=1)
        (folder / "template.json").write_text(body)  # for whoever wants to read it
        return Made(made, body, {"ImageUri": uri})


def check_region(account: Account) -> None:
    """Refuse where Lambda has no function URLs: the stack would fail at its end."""
    if account.region in WITHOUT_URLS:
        raise Refusal(
            f"Lambda has no function URLs in {account.region}: take VIA=package, or another "
            "region. (Where AWS has them by now, take it out of tools/deploy/image.py.)"
        )


def of(sam: template.Template, image: template.Template, uri: str) -> template.Template:
    """The template that CloudFormation gets: infra/image.json, and what Chalice says of the stage.

    `uri` is the image's, by its digest. Neither template is changed. Raises Refusal.
    """
    sam, made = json.loads(json.dumps([sam, image]))
    resources, given = made["Resources"], sam["Resources"][template.HANDLER]["Properties"]
    if [layer for layer in given.get("Layers", []) if layer != {"Ref": template.LAYER}]:
        raise Refusal(
            ".chalice/config.json: an image takes no `layers` of Lambda; let the Dockerfile copy "
            "what is in them, or take VIA=package."
        )
    resources[template.HANDLER]["Properties"] |= {
        **{name: value for name, value in given.items() if name not in OF_ZIPS},
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(given["Tags"].items())],
        "TracingConfig": {"Mode": given["Tracing"]},
    }
    if role := sam["Resources"].get(template.ROLE):
        template.log_to_own_group(role["Properties"])
        resources[template.ROLE] = role
    else:  # iam_role_arn names somebody's own
        del resources[template.ROLE]
    return template.versioned(made, uri)
