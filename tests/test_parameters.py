"""What a stage may set of the templates, before CloudFormation is asked."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engines import ROOT
from tools import stages
from tools.cloudformation import parameters
from tools.refusals import Refusal

DEV = stages.read("dev")
DAYS = "one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, "
TOPIC = "the ARN of an SNS topic, arn:aws:sns:region:account:name."
RATE = "such as rate(1 minute), rate(5 minutes) or rate(2 hours)."


def setting(**values: str) -> stages.Stage:
    return replace(DEV, parameters=values)


@pytest.mark.parametrize(
    ("name", "value", "takes"),
    [
        ("DeletionProtection", "no", "one of true, false."),
        ("UrlAuthType", "IAM", "one of NONE, AWS_IAM."),
        ("DeletionProtection", "False", "one of true, false."),
        ("LogRetentionDays", "8", DAYS),
        ("LogRetentionDays", "14.0", DAYS),
        ("ThrottleRate", "0", "a number from 1."),
        ("ThrottleRate", "many", "a number from 1."),
        ("ThrottleRate", "NaN", "a number from 1."),
        ("ThrottleRate", "1e3", "a number from 1."),
        ("ThrottleBurst", "0", "a whole number from 1."),
        ("ThrottleBurst", "1.5", "a whole number from 1."),
        ("ProvisionedConcurrency", "-1", "a whole number from 0."),
        ("ProvisionedConcurrency", "0.5", "a whole number from 0."),
        ("AlarmErrors", "2.5", "a whole number from 1."),
        ("AlarmLatency", "0.9", "a number from 1."),
        ("WarmUpRate", "5 minutes", RATE),
        ("WarmUpRate", "rate(1 minutes)", RATE),
        ("WarmUpRate", "rate(5 minute)", RATE),
        ("WarmUpRate", "rate(10 hour)", RATE),
        ("WarmUpRate", "rate(0 minutes)", RATE),
        ("WarmUpRate", "rate(5 minutes) ", RATE),
        ("AlarmTopic", "alarms", TOPIC),
        ("AlarmTopic", "arn:aws:sqs:eu-west-1:123456789012:alarms", TOPIC),
        ("AlarmTopic", "arn:aws:sns:eu-west-1:1234:alarms", TOPIC),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: str, takes: str) -> None:
    with pytest.raises(Refusal) as raised:
        parameters.check(setting(**{name: value}))
    line = f".chalice/config.json, stage dev: {name} is {value}, and takes {takes}"
    assert str(raised.value).startswith(line)
    assert str(raised.value).endswith(".")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DeletionProtection", "false"),
        ("LogRetentionDays", "3653"),
        ("ThrottleRate", "1.5"),
        ("ThrottleBurst", "1"),
        ("ProvisionedConcurrency", "0"),
        ("AlarmLatency", "1"),
        *(
            ("WarmUpRate", f"rate({rate})")
            for rate in (
                "1 minute",
                "5 minutes",
                "10 minutes",
                "1 hour",
                "2 hours",
                "1 day",
                "7 days",
            )
        ),
        ("WarmUpRate", ""),
        ("AlarmTopic", ""),
        ("AlarmTopic", "arn:aws-us-gov:sns:us-gov-west-1:123456789012:on-call_1"),
    ],
)
def test_what_can_be_is_taken(name: str, value: str) -> None:
    parameters.check(setting(**{name: value}))


@pytest.mark.parametrize("name", ["App", "Stage", "StableVersion", "CanaryWeight", "ImageUri"])
def test_what_the_commands_set_is_theirs(name: str) -> None:
    with pytest.raises(
        Refusal, match=f"stage dev: there is no parameter {name}; there is "
    ) as told:
        parameters.check(setting(**{name: "1"}))
    assert not re.search(rf"there is .*\b{name}\b", str(told.value).partition("; ")[2])


@pytest.mark.parametrize(
    ("name", "known"), [("ThrotleRate", "ThrottleRate."), ("Zzz", "AlarmErrors, AlarmLatency, ")]
)
def test_a_mistyped_one(name: str, known: str) -> None:
    with pytest.raises(Refusal, match=f"there is no parameter {name}; there is {known}"):
        parameters.check(setting(**{name: "5"}))


@pytest.mark.parametrize(
    ("declared", "value", "takes"),
    [
        ({"MaxValue": 9}, "10", "a number to 9"),
        ({"MinValue": -1, "MaxValue": 9}, "-2", "a number from -1 to 9"),
        ({"MinValue": -1, "MaxValue": 9}, "9", ""),
        ({"MinValue": -1, "MaxValue": 9}, "-1", ""),
        ({}, "", "a number"),
    ],
)
def test_bounds_of_a_number(
    declared: dict[str, Any], value: str, takes: str, tmp_path: Path
) -> None:
    (tmp_path / "infra").mkdir()
    for file in (parameters.DATA, parameters.IMAGE):
        (tmp_path / file).write_text("{}")
    template = {"Parameters": {"Some": {"Type": "Number"} | declared}}
    (tmp_path / "infra/api.json").write_text(json.dumps(template))
    if not takes:
        parameters.check(setting(Some=value), tmp_path)
        return
    with pytest.raises(Refusal, match=f"Some is {value or 'empty'}, and takes {takes}\\.$"):
        parameters.check(setting(Some=value), tmp_path)


def test_what_chalice_leaves_out_is_said() -> None:
    stage = setting(WarmUpRate="rate(5 minutes)", AlarmErrors="9", ThrottleRate="9")
    line = (
        "VIA=chalice leaves out what only others have: WarmUpRate (package, image), "
        "AlarmErrors (package, image)."
    )
    assert parameters.ignored(stage, "chalice") == line
    assert parameters.ignored(stage, "package") == ""
    defaults = setting(WarmUpRate="", AlarmErrors="5", ProvisionedConcurrency="0")
    assert parameters.ignored(defaults, "chalice") == ""
    assert parameters.ignored(setting(), "chalice") == ""


def test_what_the_others_leave_out_is_said() -> None:
    stage = setting(UrlAuthType="AWS_IAM", ThrottleRate="9", AlarmErrors="9")
    assert parameters.ignored(stage, "package") == (
        "VIA=package leaves out what only others have: UrlAuthType (image)."
    )
    assert parameters.ignored(stage, "image") == (
        "VIA=image leaves out what only others have: ThrottleRate (chalice, package)."
    )
    assert parameters.ignored(setting(UrlAuthType="NONE", ThrottleRate="50"), "image") == ""


def test_the_table_of_parameters_says_which_those_are() -> None:
    rows = re.findall(
        r"(?m)^\| (`.+`) \| .* \| (all|(?:chalice|package|image)[\w, ]*) \| .* \|$",
        (ROOT / "docs/deploy.md").read_text(),
    )
    found = {name: via for names, via in rows for name in re.findall(r"`(\w+)`", names)}
    ways = parameters.by_way()
    assert found == {
        name: ", ".join(way for way in ways if name in ways[way]).replace(", ".join(ways), "all")
        for name in set.union(*ways.values())
    }


@pytest.mark.each_counts
@pytest.mark.parametrize("name", stages.names())
def test_what_stands_there_is_taken(name: str) -> None:
    parameters.check(stages.read(name))
