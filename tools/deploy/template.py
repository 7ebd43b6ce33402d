"""The template of an API: what Chalice packaged, infra/api.json, and what JSON cannot say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from chalice.package import TemplateDeepMerger

from tools.aws import Account
from tools.policies import policy

Template = dict[str, Any]

HANDLER, ROLE, LAYER, ALIAS = "APIHandler", "ApiHandlerRole", "ManagedLayer", "Live"
VERSION = "Version"  # as infra/api.json calls it
# Of the function, but of no version: Lambda publishes none where only these have changed.
NOT_OF_A_VERSION = {"Tags", "ReservedConcurrentExecutions"}


def of(sam: Template, api: Template, *, code: str, layer: str) -> Template:
    """The template that CloudFormation gets.

    `sam` is Chalice's, `api` infra/api.json; `code` and `layer` are the addresses of the zips
    (s3://bucket/key), which must change with their contents. Neither template is changed.
    """
    merged: Template = TemplateDeepMerger().merge(api, sam)
    merged = json.loads(json.dumps(merged))
    resources = merged["Resources"]
    logging = resources[HANDLER]["Properties"]["LoggingConfig"]
    for function in _properties(resources, "AWS::Serverless::Function"):
        function |= {"CodeUri": code, "LoggingConfig": logging}
    resources[LAYER]["Properties"]["ContentUri"] = layer
    for role in _properties(resources, "AWS::IAM::Role"):
        log_to_own_group(role)
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    # The alias's Ref is its ARN; Chalice has the ARN of whatever was deployed last.
    paths |= json.loads(json.dumps(paths).replace(f"${{{HANDLER}.Arn}}", f"${{{ALIAS}}}"))
    return versioned(merged, resources[LAYER]["Properties"])


def exact(sam: Template, account: Account) -> Template:
    """Chalice's template, its policies with this account in their ARNs."""
    for role in _properties(sam["Resources"], "AWS::IAM::Role"):
        for each in role["Policies"]:
            each["PolicyDocument"] = policy.exact(each["PolicyDocument"], account)
    return sam


def versioned(template: Template, code: Any) -> Template:
    """The template with the version under its own name, and all that refers to it.

    It is another name for whatever makes another function of it, `code` included: CloudFormation
    publishes a version where it finds a name that it does not know.
    """
    properties = template["Resources"][HANDLER]["Properties"]
    function = {k: v for k, v in properties.items() if k not in NOT_OF_A_VERSION}
    whole = json.dumps([function, code], sort_keys=True)
    name = f"{VERSION}{hashlib.sha256(whole.encode()).hexdigest()[:10]}"
    template["Resources"][name] = template["Resources"].pop(VERSION)
    text = json.dumps(template)
    named: Template = json.loads(
        text.replace(f'["{VERSION}", "Version"]', f'["{name}", "Version"]')
    )
    return named


def log_to_own_group(role: dict[str, Any]) -> None:
    """Let the statement on the log, of the properties of Chalice's role, be about the stack's."""
    document = role["Policies"][0]["PolicyDocument"]
    others = [each for each in document["Statement"] if each.get("Sid") != policy.LOGS]
    ours = {
        "Sid": policy.LOGS,
        "Effect": "Allow",
        "Action": policy.LOG_ACTIONS,
        "Resource": {"Fn::GetAtt": ["Logs", "Arn"]},
    }
    document["Statement"] = [*others, ours]


def _properties(resources: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    return (each["Properties"] for each in resources.values() if each["Type"] == kind)
