"""API Gateway's own replies, in infra/api.json, have the shape and the codes of all problems."""

import json
import re
from typing import Any

import pytest

from chalicekit.problems import CATALOGUE, Problem
from tests.engines import ROOT

API = json.loads((ROOT / "infra/api.json").read_text())["Resources"]["RestAPI"]["Properties"]
REPLIES: dict[str, Any] = API["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]
ASKED_FOR = {
    *("DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN", "THROTTLED"),
    *("REQUEST_TOO_LARGE", "INTEGRATION_TIMEOUT", "INTEGRATION_FAILURE"),
}
OURS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def headers(reply: dict[str, Any]) -> dict[str, str]:
    """What stands in quotes is sent as it is; all else is taken from the request's context."""
    prefix = "gatewayresponse.header."
    return {k.removeprefix(prefix): v.strip("'") for k, v in reply["responseParameters"].items()}


def test_the_replies_that_clients_meet_are_there() -> None:
    assert set(REPLIES) >= ASKED_FOR


@pytest.mark.each_counts
@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_a_problem_of_the_catalogue(name: str) -> None:
    reply = REPLIES[name]
    ((content_type, template),) = reply["responseTemplates"].items()
    assert content_type == "application/json", "the one that API Gateway falls back to"
    body = json.loads(template)
    problem = Problem(body["code"], body["detail"])
    assert body == problem.document("$context.requestId", "/$context.stage")
    assert reply["statusCode"] == str(CATALOGUE[body["code"]][0])
    assert re.fullmatch(r"[^\"'$]+", body["detail"])
    sent = headers(reply)
    assert OURS.items() <= sent.items()
    assert sent["Content-Type"] == "application/problem+json"
    assert sent["X-Request-Id"] == "context.requestId"
    assert sent["Access-Control-Allow-Origin"] == "*"
    assert {"Retry-After", "X-Request-Id"} <= {*sent["Access-Control-Expose-Headers"].split(", ")}
    assert ("WWW-Authenticate" in sent) == (body["status"] == 401)
    assert ("Retry-After" in sent) == (body["status"] in (429, 503))
    assert sent.get("Retry-After", "1").isdigit()
