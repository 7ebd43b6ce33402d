"""ministack's registry, which asks for the credentials that ECR's API gave, as ECR does.

It is installed in the process of tests/cloud_server.py. A password belongs to who asked for it,
and each request of the registry's protocol needs the grant that ECR documents for it.
"""

import base64
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

from ministack import app
from ministack.core import iam_evaluator, responses, router
from ministack.services import ecr

Answer = tuple[int, Mapping[str, str], bytes]
LAMBDA = "lambda.amazonaws.com"
SOURCE = "aws:sourcearn"  # the names of a policy's keys have no case
# By what ministack calls a request, and its method.
ACTIONS = {
    ("blob", "HEAD"): "ecr:BatchCheckLayerAvailability",
    ("blob", "GET"): "ecr:GetDownloadUrlForLayer",
    ("blob_uploads", "POST"): "ecr:InitiateLayerUpload",
    ("blob_upload_session", "PATCH"): "ecr:UploadLayerPart",
    ("blob_upload_session", "PUT"): "ecr:CompleteLayerUpload",
    ("manifest", "HEAD"): "ecr:BatchGetImage",
    ("manifest", "GET"): "ecr:BatchGetImage",
    ("manifest", "PUT"): "ecr:PutImage",
    ("tags_list", "GET"): "ecr:ListImages",
}
CHALLENGE = 'Basic realm="https://000000000000.dkr.ecr.us-east-1.amazonaws.com/",service="ecr"'

_api, _protocol = ecr.handle_request, ecr.handle_registry_request
_owners: dict[str, str] = {}  # by password: an access key, or the ARN that Lambda pulls for


def install() -> None:
    ecr.handle_request = handle_request
    ecr.handle_registry_request = handle_registry_request


def password(owner: str) -> str:
    given = secrets.token_urlsafe(32)
    _owners[given] = owner
    return given


async def handle_request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
) -> Answer:
    """ECR's API, whose GetAuthorizationToken gives another password each time."""
    answer: Answer = await _api(method, path, headers, body, query)
    if headers.get("x-amz-target", "").endswith(".GetAuthorizationToken") and answer[0] == 200:
        told = json.loads(answer[2])
        own = f"AWS:{password(router.extract_access_key_id(headers, query))}"
        for each in told["authorizationData"]:
            each["authorizationToken"] = base64.b64encode(own.encode()).decode()
        return answer[0], answer[1], json.dumps(told).encode()
    return answer


async def handle_registry_request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
) -> Answer:
    owner = _owners.get(_given(headers))
    if owner is None:
        return _refused(401, "UNAUTHORIZED", "not authorized", {"WWW-Authenticate": CHALLENGE})
    verb, name, _ = ecr._parse_v2_path(path) or ("", "", "")
    action = ACTIONS.get((verb, method.upper()))
    if action and not _allowed(owner, action, name):
        return _refused(403, "DENIED", f"User: {owner} is not authorized to perform: {action}")
    answer: Answer = await _protocol(method, path, headers, body, query)
    return answer


def _given(headers: Mapping[str, str]) -> str:
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return ""
    user, _, given = base64.b64decode(value).decode().partition(":")
    return given if user == "AWS" else ""


def _allowed(owner: str, action: str, name: str) -> bool:
    arn = f"arn:aws:ecr:{responses.get_region()}:{responses.get_account_id()}:repository/{name}"
    if owner.startswith("arn:"):
        policy = json.loads(ecr._repo_policies.get(name) or '{"Statement": []}')
        return lambda_may(policy, action, owner)
    return not app.AUTH or not iam_evaluator.enforce(
        owner, action, "ecr", responses.get_region(), resource_arn=arn
    )


def lambda_may(policy: Mapping[str, Any], action: str, function: str) -> bool:
    """By the repository's policy: Lambda has no policy of its own in the account."""
    for statement in policy["Statement"]:
        services = _list(statement["Principal"].get("Service", []))
        granted = _list(statement["Action"]) if statement["Effect"] == "Allow" else []
        met = _met(statement.get("Condition", {}), function)
        if LAMBDA in services and action in granted and met:
            return True
    return False


def _met(condition: Mapping[str, Mapping[str, Any]], function: str) -> bool:
    """Whether all of a condition holds; what is not known here does not."""
    for operator, keys in condition.items():
        for key, patterns in keys.items():
            if (operator, key.lower()) != ("StringLike", SOURCE):
                return False
            if not any(_like(function, pattern) for pattern in _list(patterns)):
                return False
    return True


def _like(text: str, pattern: str) -> bool:
    """As IAM's StringLike, where fnmatch would take [ for more than itself."""
    parts = [{"*": ".*", "?": "."}.get(letter) or re.escape(letter) for letter in pattern]
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def _list(one: str | list[str]) -> list[str]:
    return [one] if isinstance(one, str) else one


def _refused(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Answer:
    errors = {"errors": [{"code": code, "message": message}]}
    kind = {"Content-Type": "application/json"}
    return status, {**kind, **(headers or {})}, json.dumps(errors).encode()
