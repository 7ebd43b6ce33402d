"""The template that CloudFormation gets: what is in it, and when it is another version."""

import copy
import json
from typing import Any

import pytest
from chalice.package import TemplateDeepMerger

from tests.engines import ROOT
from tools.deploy import template

API: template.Template = json.loads((ROOT / "infra/api.json").read_text())
CODE, LAYER = "s3://bucket/code.zip", "s3://bucket/layer.zip"
TO = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}"
    ":lambda:path/2015-03-31/functions/%s/invocations"
)
WRITE = {"Effect": "Allow", "Action": ["dynamodb:PutItem"], "Resource": ["arn:aws:dynamodb:*"]}
LOG = {
    "Sid": "Logs",
    "Effect": "Allow",
    "Action": ["logs:PutLogEvents"],
    "Resource": ["arn:aws:logs:*"],
}


def integration(function: str) -> dict[str, Any]:
    return {"x-amazon-apigateway-integration": {"uri": {"Fn::Sub": TO % function}}}


@pytest.fixture
def sam() -> template.Template:
    """What `chalice package` makes, shortened."""
    function = {
        "Runtime": "python3.11",
        "Handler": "app.app",
        "CodeUri": "./deployment.zip",
        "Tags": {"aws-chalice": "version=1.34.0:stage=dev:app=users-api"},
        "MemorySize": 1024,
        "Environment": {"Variables": {"STAGE": "dev"}},
        "Layers": [{"Ref": "ManagedLayer"}],
        "Role": {"Fn::GetAtt": ["ApiHandlerRole", "Arn"]},
    }
    policy = {"PolicyDocument": {"Version": "2012-10-17", "Statement": [WRITE, LOG]}}
    methods = {"get": integration("${APIHandler.Arn}"), "post": integration("${APIHandler.Arn}")}
    body = {
        "swagger": "2.0",
        "info": {"version": "1.0", "title": "users-api"},
        "paths": {"/users": methods, "/users/{id}": {"get": integration("${APIHandler.Arn}")}},
    }
    api = {"EndpointConfiguration": "REGIONAL", "StageName": "api", "DefinitionBody": body}
    layer = {"ContentUri": "./layer-deployment.zip", "LayerName": "users-api-dev-managed-layer"}
    permission = {"FunctionName": {"Ref": "APIHandler"}, "Action": "lambda:InvokeFunction"}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Outputs": {"RestAPIId": {"Value": {"Ref": "RestAPI"}}},
        "Resources": {
            "ManagedLayer": {"Type": "AWS::Serverless::LayerVersion", "Properties": layer},
            "ApiHandlerRole": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
            "APIHandler": {"Type": "AWS::Serverless::Function", "Properties": function},
            "RestAPI": {"Type": "AWS::Serverless::Api", "Properties": api},
            "APIHandlerInvokePermission": {
                "Type": "AWS::Lambda::Permission",
                "Properties": permission,
            },
        },
    }


def made(sam: template.Template, api: template.Template = API, **keys: str) -> template.Template:
    return template.of(sam, api, **({"code": CODE, "layer": LAYER} | keys))


def version(made: template.Template) -> str:
    (name,) = (k for k, v in made["Resources"].items() if v["Type"] == "AWS::Lambda::Version")
    return str(name)


def properties(made: template.Template, name: str) -> Any:
    return made["Resources"][name]["Properties"]


def test_everything_that_is_made(sam: template.Template) -> None:
    result = made(sam)
    assert {name: each["Type"] for name, each in result["Resources"].items()} == {
        "APIHandler": "AWS::Serverless::Function",
        "APIHandlerInvokePermission": "AWS::Lambda::Permission",
        "ApiHandlerRole": "AWS::IAM::Role",
        "DynamoDBAlarm": "AWS::CloudWatch::Alarm",
        "DynamoDBErrors": "AWS::Logs::MetricFilter",
        "LatencyAlarm": "AWS::CloudWatch::Alarm",
        "Live": "AWS::Lambda::Alias",
        "Logs": "AWS::Logs::LogGroup",
        "ManagedLayer": "AWS::Serverless::LayerVersion",
        "RestAPI": "AWS::Serverless::Api",
        "ServerErrorsAlarm": "AWS::CloudWatch::Alarm",
        "ThrottlesAlarm": "AWS::CloudWatch::Alarm",
        version(result): "AWS::Lambda::Version",
        "WarmUpPermission": "AWS::Lambda::Permission",
        "WarmUpRule": "AWS::Events::Rule",
    }
    assert result["Outputs"].keys() == {"RestAPIId", "Alias", "Version", "Layer", "LogGroup"}


def test_whoever_calls_goes_through_the_alias(sam: template.Template) -> None:
    result = made(sam)
    paths = properties(result, "RestAPI")["DefinitionBody"]["paths"]
    called = [
        method["x-amazon-apigateway-integration"]["uri"]
        for path in paths.values()
        for method in path.values()
    ]
    assert called == [{"Fn::Sub": TO % "${Live}"}] * 3
    for permission in ("APIHandlerInvokePermission", "WarmUpPermission"):
        assert properties(result, permission)["FunctionName"] == {"Ref": "Live"}
    assert properties(result, "WarmUpRule")["Targets"][0]["Arn"] == {"Ref": "Live"}
    event = json.loads(properties(result, "WarmUpRule")["Targets"][0]["Input"])
    assert event == {"warmup": True}


def test_all_that_speaks_of_the_version_means_the_one_made(sam: template.Template) -> None:
    result = made(sam)
    number = {"Fn::GetAtt": [version(result), "Version"]}
    live = properties(result, "Live")
    assert live["FunctionVersion"] == {"Fn::If": ["Canary", {"Ref": "StableVersion"}, number]}
    ((weight,),) = (live["RoutingConfig"]["Fn::If"][1]["AdditionalVersionWeights"],)
    assert weight == {"FunctionVersion": number, "FunctionWeight": {"Ref": "CanaryWeight"}}
    assert result["Outputs"]["Version"]["Value"] == number
    assert "Version" not in result["Resources"]


def test_a_version_outlives_its_template_but_not_its_failure(sam: template.Template) -> None:
    """Kept when the next one comes, for a rollback; gone where its own making is undone: else the
    next try would find a version that CloudFormation does not know, and fail."""
    result = made(sam)
    assert result["Resources"][version(result)]["DeletionPolicy"] == "RetainExceptOnCreate"


def change(path: str, value: Any) -> Any:
    *parents, last = path.split("/")

    def changed(sam: template.Template) -> None:
        at = sam["Resources"]
        for name in parents:
            at = at[name]
        at[last] = value

    return pytest.param(changed, id=path)


@pytest.mark.parametrize(
    "changed",
    [
        change("APIHandler/Properties/MemorySize", 2048),
        change("APIHandler/Properties/Runtime", "python3.12"),
        change("APIHandler/Properties/Timeout", 3),
        change("APIHandler/Properties/Architectures", ["arm64"]),
        change("APIHandler/Properties/Environment/Variables", {"STAGE": "dev", "AUTH": "none"}),
        change("APIHandler/Properties/VpcConfig", {"SubnetIds": ["subnet-1"]}),
        change("ManagedLayer/Properties/CompatibleRuntimes", ["python3.12"]),
    ],
)
def test_another_function_is_another_version(changed: Any, sam: template.Template) -> None:
    other = copy.deepcopy(sam)
    changed(other)
    assert version(made(other)) != version(made(sam))


def test_another_zip_is_another_version(sam: template.Template) -> None:
    names = {version(made(sam)), version(made(sam, code="s3://b/2")), version(made(sam, layer="s"))}
    assert len(names) == 3


@pytest.mark.parametrize(
    "changed",
    [
        change("APIHandler/Properties/Tags", {"aws-chalice": "version=2"}),
        change("APIHandler/Properties/ReservedConcurrentExecutions", 7),
        change("ApiHandlerRole/Properties/Description", "another"),
        change("RestAPI/Properties/MinimumCompressionSize", 1024),
        change("RestAPI/Properties/DefinitionBody/paths", {}),
    ],
)
def test_the_same_function_is_the_same_version(changed: Any, sam: template.Template) -> None:
    """Lambda publishes no version of a function that has not changed: CloudFormation would fail."""
    other = copy.deepcopy(sam)
    changed(other)
    assert made(other) != made(sam)
    assert version(made(other)) == version(made(sam))


def test_an_alarm_is_no_part_of_the_version(sam: template.Template) -> None:
    api = copy.deepcopy(API)
    api["Resources"]["LatencyAlarm"]["Properties"]["Period"] = 60
    assert version(made(sam, api)) == version(made(sam))


def test_it_logs_where_it_may_and_nowhere_else(sam: template.Template) -> None:
    result = made(sam)
    policy = properties(result, "ApiHandlerRole")["Policies"][0]["PolicyDocument"]
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    group = {"Fn::GetAtt": ["Logs", "Arn"]}
    assert policy["Statement"] == [
        WRITE,
        {"Sid": "Logs", "Effect": "Allow", "Action": actions, "Resource": group},
    ]
    logging = properties(result, "APIHandler")["LoggingConfig"]
    # INFO keeps all of ours: without a time of their own our lines count as INFO, whatever level
    # they tell. DEBUG would let botocore log what clients sent.
    assert logging == {
        "LogGroup": {"Ref": "Logs"},
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "INFO",
    }


def test_statements_of_ones_own_stay(sam: template.Template) -> None:
    policy = sam["Resources"]["ApiHandlerRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    mixed = {"Effect": "Allow", "Action": ["logs:GetLogEvents", "s3:GetObject"], "Resource": "*"}
    denied = {"Effect": "Deny", "NotAction": "dynamodb:*", "Resource": "*"}
    audit = {"Sid": "Audit", "Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
    policy["Statement"] = [mixed, LOG, audit, denied]
    kept = properties(made(sam), "ApiHandlerRole")["Policies"][0]["PolicyDocument"]["Statement"]
    assert kept[:-1] == [mixed, audit, denied]


def test_a_second_function_has_the_same_code_and_log(sam: template.Template) -> None:
    second = copy.deepcopy(sam["Resources"]["APIHandler"])
    sam["Resources"]["Nightly"] = second
    result = made(sam)
    for name in ("APIHandler", "Nightly"):
        assert properties(result, name)["CodeUri"] == CODE
        assert properties(result, name)["LoggingConfig"]["LogGroup"] == {"Ref": "Logs"}


def test_what_chalice_says_stays(sam: template.Template) -> None:
    sam["Resources"]["APIHandler"]["Properties"]["ReservedConcurrentExecutions"] = 7
    result = made(sam)
    assert properties(result, "APIHandler")["ReservedConcurrentExecutions"] == 7
    assert properties(result, "RestAPI")["EndpointConfiguration"] == "REGIONAL"
    assert properties(result, "ManagedLayer")["ContentUri"] == LAYER


def test_the_templates_given_are_left_alone(sam: template.Template) -> None:
    before = copy.deepcopy(sam), copy.deepcopy(API)
    made(sam)
    assert (sam, API) == before


def test_chalice_merges_the_same_by_itself(sam: template.Template) -> None:
    """infra/api.json serves `chalice package --merge-template` as it stands: every name fits."""
    merged = TemplateDeepMerger().merge(API, sam)
    assert all(each.keys() >= {"Type", "Properties"} for each in merged["Resources"].values())
    assert properties(merged, "Live")["FunctionName"] == {"Ref": "APIHandler"}


def test_stages_do_not_share_metrics(sam: template.Template) -> None:
    """API Gateway counts by the API's name, which Chalice gives to every stage alike."""
    result = made(sam)
    title = properties(result, "RestAPI")["DefinitionBody"]["info"]["title"]
    assert title == {"Ref": "AWS::StackName"}
    for alarm in ("ServerErrorsAlarm", "LatencyAlarm"):
        assert {"Name": "ApiName", "Value": title} in properties(result, alarm)["Dimensions"]


def test_every_parameter_but_the_name_has_a_default(sam: template.Template) -> None:
    declared = made(sam)["Parameters"]
    assert [n for n, each in declared.items() if "Default" not in each] == ["App", "Stage"]
