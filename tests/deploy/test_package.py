"""Where the alias leads after a deployment, whatever it led to before."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.deploy.formation import Ending, Formation, Lambda
from tools import stages
from tools.deploy import alias, package
from tools.deploy.alias import Live
from tools.refusals import Refusal

DEV = replace(stages.read("dev"), parameters={})
MADE = {
    "Parameters": {"StableVersion": {}, "CanaryWeight": {}, "ProvisionedConcurrency": {}},
    "Resources": {"Version0123456789": {"Type": "AWS::Lambda::Version"}},
}
NOTHING: Ending = ("!No updates are to be performed.", [])
UPDATED: Ending = ("UPDATE_COMPLETE", [])
FAILED: Ending = ("UPDATE_ROLLBACK_COMPLETE", [("Rule", "UPDATE_FAILED", "No.")])


class Case:
    """A stage whose stack's version is `new`, and whose alias leads to `live`."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, live: Live, new: str, update: Ending = UPDATED
    ) -> None:
        monkeypatch.setattr(package, "_uploaded", lambda *_: (MADE, "https://s3.example/template"))
        self.shown: list[str] = []
        self.functions = Lambda(live, {})
        self.formation = Formation("CREATE_COMPLETE", update_stack=update)
        self.formation.outputs = {
            "Alias": "arn",
            "APIHandlerName": "function",
            "EndpointURL": "https://id.execute-api.us-east-1.amazonaws.com/api/",
            "Version": new,
        }
        clients = self.formation.clients(**{"lambda": self.functions})
        self.account: Any = SimpleNamespace(client=clients, emulated=False)

    def deploy(self, canary: int = 0, **parameters: str) -> str:
        stage = replace(DEV, parameters=parameters)
        return package.deploy(stage, self.account, Path(), self.shown.append, canary=canary)

    @property
    def live(self) -> Live:
        return alias.read(self.functions, "function")

    @property
    def sent(self) -> dict[str, str]:
        """The parameters that CloudFormation was given."""
        pairs = self.formation.requests[-1]["Parameters"]
        return {pair["ParameterKey"]: pair["ParameterValue"] for pair in pairs}


Make = Callable[..., Case]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Make:
    return partial(Case, monkeypatch)


def publish(case: Case, number: str) -> None:
    """Let the stack have the template's version already."""
    detail = {"ResourceStatus": "CREATE_COMPLETE", "PhysicalResourceId": f"arn:function:{number}"}
    case.formation.described = {"StackResourceDetail": detail}


def test_the_new_version_goes_live(make: Make) -> None:
    case = make(Live("3"), "4")
    assert case.deploy() == "https://id.execute-api.us-east-1.amazonaws.com/api"
    assert case.live == Live("4", before="3")
    assert case.sent == {"StableVersion": "", "CanaryWeight": "0"}
    assert case.shown[-1] == "  Live: version 4."


def test_the_same_source_goes_live_again_after_a_rollback(make: Make) -> None:
    case = make(Live("2"), "4", NOTHING)
    case.deploy()
    assert case.live == Live("4", before="2")
    assert case.shown == ["  Nothing has changed.", "  Live: version 4."]


def test_what_was_before_is_not_forgotten_by_a_deploy_of_the_same(make: Make) -> None:
    case = make(Live("4", before="2"), "4", NOTHING)
    case.deploy()
    assert case.live == Live("4", before="2")


def test_a_canary(make: Make) -> None:
    case = make(Live("3", before="2"), "4")
    case.deploy(10)
    assert case.sent == {"StableVersion": "3", "CanaryWeight": "0.1"}
    assert case.live == Live("3", canary="4", weight=0.1, before="2")
    assert case.shown[-1] == "  Live: version 3, 10% of the calls to version 4."


def test_a_canary_that_was_rolled_back_begins_again(make: Make) -> None:
    case = make(Live("3"), "4", NOTHING)
    publish(case, "4")
    case.deploy(50)
    assert case.live == Live("3", canary="4", weight=0.5)


def test_the_end_of_a_canary(make: Make) -> None:
    case = make(Live("3", canary="4", weight=0.1, before="2"), "4")
    case.deploy()
    assert case.live == Live("4", before="3")


def test_no_canary_of_what_is_live(make: Make) -> None:
    case = make(Live("4"), "4", NOTHING)
    publish(case, "4")
    case.deploy(10)
    assert case.live == Live("4")
    assert case.shown[0] == "  CANARY: this is version 4, which is live already."


def test_a_canary_has_no_provisioned_concurrency(make: Make) -> None:
    case = make(Live("3"), "4")
    case.deploy(10, ProvisionedConcurrency="2")
    assert case.shown[0] == (
        "  CANARY: Lambda takes no provisioned concurrency for as long as it lasts."
    )


def test_the_first_version_is_no_canary(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    case = make(Live("1"), "1")
    given, case.formation.outputs = case.formation.outputs, {}
    monkeypatch.setattr(package, "_apply", lambda *_: case.formation.outputs.update(given))
    case.deploy(10)
    assert case.shown[0] == "  CANARY: nothing is live yet, so all calls go to the first version."
    assert case.live == Live("1")


def test_a_failure_does_not_undo_a_rollback(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudFormation goes back to version 4, which somebody had left by `make rollback`."""
    case = make(Live("2"), "4")

    def fail(*_: Any) -> None:
        alias.point(case.functions, "function", Live("4"))
        raise Refusal("It failed.")

    monkeypatch.setattr(package, "_apply", fail)
    with pytest.raises(Refusal, match=r"^It failed\. Live again: version 2\.$"):
        case.deploy()
    assert case.live == Live("2")


def test_a_failure_that_moved_nothing(make: Make) -> None:
    case = make(Live("4"), "4", FAILED)
    with pytest.raises(Refusal, match=r"because Rule: No\.$"):
        case.deploy()
