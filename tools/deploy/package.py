"""VIA=package: the API as a stack of CloudFormation, from what `chalice package` makes."""

from __future__ import annotations

import json
from pathlib import Path

from tools.aws import emulated_url
from tools.cloudformation import parameters
from tools.deploy import payload, template
from tools.deploy.artifacts import Artifacts
from tools.deploy.release import Made, Release
from tools.lines import Show


class Package(Release):
    """A function and its layer, behind API Gateway."""

    via = "package"
    capabilities = (*Release.capabilities, "CAPABILITY_AUTO_EXPAND")  # for AWS::Serverless

    @property
    def stack(self) -> str:
        return self.stage.stack

    @property
    def url(self) -> str:
        given = self.outputs
        if "EndpointURL" not in given:
            return ""
        if self.account.emulated:
            return emulated_url(given["RestAPIId"], self.stage.gateway_stage)
        return given["EndpointURL"].rstrip("/")

    def make(self, folder: Path, show: Show) -> Made:
        built = payload.build(self.stage, self.root, folder, show)
        artifacts = Artifacts(self.stage, self.account, show)
        code = artifacts.put("the function", built.function.read_bytes(), ".zip")
        layer = artifacts.put("the layer", built.layer.read_bytes(), ".zip")
        sam = template.exact(parameters.read(built.template), self.account)
        api = parameters.read(self.root / "infra/api.json")
        made = template.of(sam, api, code=artifacts.s3(code), layer=artifacts.s3(layer))
        body = json.dumps(made, indent=1).encode()
        (folder / "template.json").write_bytes(body)  # for whoever wants to read it
        return Made(made, artifacts.url(artifacts.put("the template", body, ".json")))
