"""The stages of .chalice/config.json: what Chalice knows of them, and what only make does.

Beside Chalice's own keys, the file and each of its stages may hold `python_version`, `region`,
`account`, `termination_protection`, and `parameters`, which are those of infra/data.json,
infra/api.json and infra/image.json. A stage's own value wins; `parameters` and
`environment_variables` are merged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import ROOT, config, prerequisites
from tools.refusals import Refusal
from tools.renaming import upper


@dataclass(frozen=True)
class Stage:
    """One stage of the app."""

    name: str
    app: str
    python: str  # such as 3.11: the one that Lambda runs
    architecture: str  # x86_64 or arm64
    region: str  # the only one that it may be deployed to; "" where any is right
    account: str  # as region
    protected: bool  # whether `make destroy` refuses, and CloudFormation too
    gateway_stage: str  # the first part of the API's path: Chalice's api_gateway_stage
    environment: dict[str, str]
    parameters: dict[str, str]

    @property
    def stack(self) -> str:
        """The name of the API's stack."""
        return f"{self.app}-{self.name}"

    @property
    def data_stack(self) -> str:
        return f"{self.stack}-data"

    @property
    def image_stack(self) -> str:
        """The name of the stack of VIA=image."""
        return f"{self.stack}-image"

    @property
    def repository(self) -> str:
        """The name of the repository of its images: ECR takes no capital letters."""
        return self.stack.lower()

    @property
    def function(self) -> str:
        """The name of the function that `chalice deploy` makes."""
        return self.stack

    def table(self, name: str) -> str:
        """The full name of a table: of users, what TABLE_USERS says, or else app-stage-users."""
        return self.environment.get(table_setting(name)) or f"{self.stack}-{name}"

    def bucket(self, name: str) -> str:
        """The full name of a bucket, with a wildcard for the account where no setting tells it."""
        return self.environment.get(f"BUCKET_{upper(name)}") or f"{self.stack}-{name}-*"


def table_setting(name: str) -> str:
    """The setting that gives a table another full name: TABLE_USERS, of users."""
    return f"TABLE_{upper(name)}"


def names(root: Path = ROOT) -> list[str]:
    """The names of all stages. Raises Refusal."""
    return [*config.read(root)["stages"]]


def read(name: str, root: Path = ROOT) -> Stage:
    """A stage of .chalice/config.json. Raises Refusal."""
    whole = config.read(root)
    if line := prerequisites.unknown(name, [*whole["stages"]]):
        raise Refusal(line)
    stage: dict[str, Any] = whole["stages"][name]
    either = whole | stage
    return Stage(
        name=name,
        app=whole["app_name"],
        python=either.get("python_version", prerequisites.DEFAULT),
        architecture=either.get("lambda_architecture", "x86_64"),
        region=either.get("region", ""),
        account=either.get("account", ""),
        protected=either.get("termination_protection", False),
        gateway_stage=either.get("api_gateway_stage", "api"),
        environment=_merged("environment_variables", whole, stage),
        parameters=_merged("parameters", whole, stage),
    )


def _merged(key: str, whole: dict[str, Any], stage: dict[str, Any]) -> dict[str, str]:
    """The values of both, as strings: CloudFormation knows true as "true"."""
    both = whole.get(key, {}) | stage.get(key, {})
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in both.items()}
