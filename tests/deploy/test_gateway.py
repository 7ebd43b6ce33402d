"""The gateway's own replies and its limits, on moto's API Gateway."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from tests.targets import fresh
from tools import ROOT, stages
from tools.deploy import gateway
from tools.refusals import Refusal

STAGE = stages.read("dev")
REPLY = {"statusCode": "429", "responseTemplates": {"application/json": "{}"}}
WANTED = gateway.Wanted(
    {"THROTTLED": REPLY, "DEFAULT_5XX": REPLY | {"statusCode": 500}}, 50.0, 100, 14
)


def client() -> Any:
    session = botocore.session.Session()
    session.set_credentials("test", "test")
    return session.create_client("apigateway", region_name="us-east-1")


class Api:
    """An API that Chalice could have deployed to stage `api`."""

    def __init__(self) -> None:
        self.client = client()
        self.id = self.client.create_rest_api(name="users-api")["id"]
        root = self.client.get_resources(restApiId=self.id)["items"][0]["id"]
        method = {"restApiId": self.id, "resourceId": root, "httpMethod": "GET"}
        self.client.put_method(**method, authorizationType="NONE")
        self.client.put_integration(
            **method, type="HTTP", uri="http://x.test", integrationHttpMethod="GET"
        )
        self.client.create_deployment(restApiId=self.id, stageName="api")
        self.said: list[str] = []

    def apply(self, wanted: gateway.Wanted = WANTED) -> bool:
        return gateway.apply(self.client, self.id, "api", wanted, self.said.append)

    def replies(self) -> dict[str, str]:
        """The status codes of those that are not the default."""
        found = self.client.get_gateway_responses(restApiId=self.id)["items"]
        return {r["responseType"]: r["statusCode"] for r in found if not r.get("defaultResponse")}

    def deployments(self) -> int:
        return len(self.client.get_deployments(restApiId=self.id)["items"])

    def limits(self) -> tuple[float, int]:
        stage = self.client.get_stage(restApiId=self.id, stageName="api")
        settings = stage["methodSettings"]["*/*"]
        return settings["throttlingRateLimit"], settings["throttlingBurstLimit"]


@pytest.fixture
def api() -> Iterator[Api]:
    with fresh():
        yield Api()


def refuse(api: Api, monkeypatch: pytest.MonkeyPatch, times: int, code: str) -> list[str]:
    """Let CreateDeployment fail so often; gives the list that holds a word for each call."""
    calls: list[str] = []
    make = api.client.create_deployment

    def create_deployment(**request: Any) -> Any:
        calls.append(code)
        if len(calls) <= times:
            raise ClientError({"Error": {"Code": code, "Message": "."}}, "CreateDeployment")
        return make(**request)

    monkeypatch.setattr(api.client, "create_deployment", create_deployment)
    monkeypatch.setattr(gateway, "PAUSE_SECONDS", 0.0)
    return calls


def test_puts_every_reply_and_deploys_it(api: Api) -> None:
    assert api.apply()
    assert api.replies() == {"THROTTLED": "429", "DEFAULT_5XX": "500"}
    assert api.limits() == (50.0, 100)
    assert api.deployments() == 2
    assert api.said == [
        "  The gateway's own replies: 2 put, 0 taken away.",
        "  Throttling: 50 requests a second, 100 at once.",
    ]


def test_does_nothing_where_all_is_there(api: Api) -> None:
    api.apply()
    assert not api.apply()
    assert api.deployments() == 2
    assert len(api.said) == 2


def test_takes_away_what_is_not_wanted_any_more(api: Api) -> None:
    api.apply()
    assert api.apply(replace(WANTED, replies={"THROTTLED": REPLY}))
    assert api.replies() == {"THROTTLED": "429"}
    assert api.deployments() == 3


def test_puts_a_reply_that_was_changed_alone(api: Api) -> None:
    api.apply()
    assert api.apply(
        replace(WANTED, replies=WANTED.replies | {"THROTTLED": REPLY | {"statusCode": 503}})
    )
    assert api.replies() == {"THROTTLED": "503", "DEFAULT_5XX": "500"}
    assert "  The gateway's own replies: 1 put, 0 taken away." in api.said


def test_changes_limits_without_a_deployment(api: Api) -> None:
    api.apply()
    assert api.apply(replace(WANTED, rate=0.5, burst=1_000_000))
    assert api.limits() == (0.5, 1_000_000)
    assert api.deployments() == 2


def test_waits_where_deployments_are_too_many(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = refuse(api, monkeypatch, 3, "TooManyRequestsException")
    assert api.apply()
    assert len(calls) == 4
    waits = [line for line in api.said if "waiting" in line]
    assert waits == ["  API Gateway limits changes (one deployment in five seconds): waiting."]


def test_gives_up_in_the_end(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = refuse(api, monkeypatch, 1000, "TooManyRequestsException")
    with pytest.raises(ClientError):
        api.apply()
    assert len(calls) == gateway.TRIES


def test_does_not_repeat_what_will_never_do(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = refuse(api, monkeypatch, 1000, "AccessDeniedException")
    with pytest.raises(ClientError):
        api.apply()
    assert len(calls) == 1


def test_reads_replies_and_limits_of_the_template() -> None:
    wanted = gateway.wanted(replace(STAGE, parameters={"ThrottleRate": "7.5"}))
    default = json.loads((ROOT / gateway.TEMPLATE).read_text())["Parameters"]["ThrottleBurst"]
    assert (wanted.rate, wanted.burst) == (7.5, default["Default"])
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED"} <= set(wanted.replies)


@pytest.mark.parametrize("name", ["ThrottleRate", "ThrottleBurst", "LogRetentionDays"])
@pytest.mark.parametrize("value", ["fast", "", None])
def test_wants_numbers(name: str, value: Any) -> None:
    with pytest.raises(Refusal, match=r"^Stage dev: set ThrottleRate, .* to numbers, in "):
        gateway.wanted(replace(STAGE, parameters={name: value}))


@pytest.mark.parametrize("text", [None, "{", "{}"])
def test_says_where_the_template_cannot_be_used(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "infra").mkdir()
        (tmp_path / gateway.TEMPLATE).write_text(text)
    with pytest.raises(
        Refusal, match=r"^infra/api\.json (cannot be read \(.*\)|lacks Resources)\.$"
    ):
        gateway.wanted(replace(STAGE, parameters={}), tmp_path)
