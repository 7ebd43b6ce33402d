"""What there is of a stage deployed with VIA=package, and how it answers."""

import json

from chalicekit.problems import CATALOGUE
from tests.deployed.package import Package

ORIGIN = {"Origin": "http://localhost:3000"}


def test_what_the_settings_ask_for_is_there(package: Package) -> None:
    aws, outputs = package.aws, package.outputs
    groups = aws.client("logs").describe_log_groups(logGroupNamePrefix=outputs["LogGroup"])
    assert [group["retentionInDays"] for group in groups["logGroups"]] == [14]
    served = package.served()
    assert served["LoggingConfig"]["LogGroup"] == outputs["LogGroup"]
    assert served["LoggingConfig"]["LogFormat"] == "JSON"
    assert (served["MemorySize"], served["Timeout"]) == (1024, 29)
    stage = aws.client("apigateway").get_stage(restApiId=outputs["RestAPIId"], stageName="api")
    limits = stage["methodSettings"]["*/*"]
    assert (limits["throttlingRateLimit"], limits["throttlingBurstLimit"]) == (9000, 4000)
    alarms = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    metrics = {alarm["MetricName"]: alarm["Threshold"] for alarm in alarms}
    assert metrics == {"5XXError": 7, "DynamoDBErrors": 7, "Latency": 3000, "Throttles": 1}
    assert package.provisioned() == 1


def test_the_api_calls_the_alias(package: Package) -> None:
    """And only the alias may be called by it: not what was deployed last."""
    client, outputs = package.aws.client("lambda"), package.outputs
    assert outputs["Alias"].endswith(f"{package.function}:live")
    gateway = package.aws.client("apigateway")
    pages = gateway.get_resources(restApiId=outputs["RestAPIId"], embed=["methods"], limit=500)
    uris = {
        method["methodIntegration"]["uri"]
        for each in pages["items"]
        for method in each.get("resourceMethods", {}).values()
    }
    (uri,) = uris
    assert f"/functions/{outputs['Alias']}/invocations" in uri
    policy = json.loads(
        client.get_policy(FunctionName=package.function, Qualifier="live")["Policy"]
    )
    assert [one["Resource"] for one in policy["Statement"]] == [outputs["Alias"]]


def test_what_is_changed_by_hand_is_not_served(package: Package) -> None:
    client = package.aws.client("lambda")
    name = {"FunctionName": package.function}
    right = client.get_function_configuration(**name)["Handler"]
    client.update_function_configuration(**name, Handler="nowhere.handler")
    try:
        answer = client.invoke(**name, Payload=b"{}")
        assert answer["FunctionError"]
        assert package.told() == "first"
    finally:
        client.update_function_configuration(**name, Handler=right)


def test_a_warm_up_is_answered_at_once(package: Package) -> None:
    client = package.aws.client("lambda")
    call = {"FunctionName": package.outputs["Alias"], "Payload": b'{"warmup": true}'}
    client.invoke(**call)  # the emulator may keep the last line of a call for the next
    before = requests_logged(package)
    answer = client.invoke(**call)
    assert json.loads(answer["Payload"].read()) == {"warm": True}
    assert "FunctionError" not in answer
    assert requests_logged(package) == before  # it is no request


def requests_logged(package: Package) -> int:
    pages = package.aws.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=package.outputs["LogGroup"])
    return sum(
        '"event":"request"' in e["message"].replace(" ", "") for p in found for e in p["events"]
    )


def test_requests_are_in_the_log_group(package: Package) -> None:
    before = requests_logged(package)
    package.told()
    assert requests_logged(package) == before + 1


def test_the_gateways_own_reply_has_the_shape_of_every_problem(package: Package) -> None:
    response = package.send("TRACE", "/told", headers=ORIGIN)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    problem = response.json()
    assert (problem["code"], problem["title"]) == (
        "route_not_found",
        CATALOGUE["route_not_found"][1],
    )
    assert problem["type"] == "/api/errors#route_not_found"
    assert problem["instance"] == f"urn:request:{response.headers['X-Request-Id']}"


def test_who_asks_too_often_is_told_when_to_come_again(package: Package) -> None:
    gateway = package.aws.client("apigateway")
    stage = {"restApiId": package.outputs["RestAPIId"], "stageName": "api"}
    throttle(gateway, stage, rate=1, burst=1)
    try:
        answers = [package.send("GET", "/told", headers=ORIGIN) for _ in range(4)]
    finally:
        throttle(gateway, stage, rate=9000, burst=4000)
    (response, *_) = [answer for answer in answers if answer.status_code == 429]
    assert response.json()["code"] == "too_many_requests"
    assert int(response.headers["Retry-After"]) >= 1
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]


def throttle(gateway: object, stage: dict[str, str], **limits: int) -> None:
    operations = [
        {"op": "replace", "path": f"/*/*/throttling/{name}Limit", "value": str(value)}
        for name, value in limits.items()
    ]
    gateway.update_stage(**stage, patchOperations=operations)  # type: ignore[attr-defined]  # botocore makes it
