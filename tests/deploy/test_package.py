"""Where the alias leads after a deployment, whatever it led to before."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.deploy.formation import Ending, Formation, Lambda, refused
from tools import stages
from tools.deploy import alias, canary
from tools.deploy.alias import Live
from tools.deploy.image import Image
from tools.deploy.package import Package
from tools.deploy.release import Made, Release
from tools.refusals import Refusal

URL = "https://id.execute-api.us-east-1.amazonaws.com/api"
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
        self,
        monkeypatch: pytest.MonkeyPatch,
        way: type[Release],
        live: Live,
        new: str,
        update: Ending = UPDATED,
    ) -> None:
        monkeypatch.setattr(way, "make", lambda *_: Made(MADE, "https://s3.example/template"))
        self.way = way
        self.shown: list[str] = []
        self.functions = Lambda(live, {})
        self.formation = Formation("CREATE_COMPLETE", update_stack=update)
        self.formation.outputs = {
            "Alias": "arn",
            "APIHandlerName": "function",
            "LogGroup": "/api/users-api-dev",
            "EndpointURL": f"{URL}/",
            "FunctionUrl": f"{URL}/",
            "Version": new,
        }
        clients = self.formation.clients(**{"lambda": self.functions})
        self.account: Any = SimpleNamespace(client=clients, emulated=False, region="us-east-1")

    def deploy(self, canary: int = 0, **parameters: str) -> str:
        return self.release(**parameters).deploy(Path(), self.shown.append, canary)

    def release(self, **parameters: str) -> Release:
        return self.way(replace(DEV, parameters=parameters), self.account)

    def refused(self, canary: int = 0, **parameters: str) -> str:
        with pytest.raises(Refusal) as raised:
            self.deploy(canary, **parameters)
        return str(raised.value)

    def taken_back(self, before: Live, broken: str = "") -> str:
        return self.release().take_back(before, broken)

    @property
    def live(self) -> Live:
        return alias.read(self.functions, "function")

    @property
    def sent(self) -> dict[str, str]:
        """The parameters that CloudFormation was given."""
        pairs = self.formation.requests[-1]["Parameters"]
        return {pair["ParameterKey"]: pair["ParameterValue"] for pair in pairs}


Make = Callable[..., Case]


@pytest.fixture(params=[Package, Image])
def make(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Make:
    return partial(Case, monkeypatch, request.param)


def publish(case: Case, number: str, status: str = "CREATE_COMPLETE") -> None:
    """Let the stack have the template's version already."""
    detail = {"ResourceStatus": status, "PhysicalResourceId": f"arn:function:{number}"}
    case.formation.described = {"StackResourceDetail": detail}


def test_the_new_version_goes_live(make: Make) -> None:
    case = make(Live("3"), "4")
    assert case.deploy() == URL
    assert case.live == Live("4", before="3")
    assert case.sent == {"StableVersion": "", "CanaryWeight": "0"}
    assert case.shown[-1] == "  Live: version 4."


@pytest.mark.parametrize("wanted", [True, False])
def test_its_stack_is_protected_where_the_stage_is(make: Make, wanted: bool) -> None:
    case = make(Live("3"), "4")
    case.formation.protected = not wanted
    replace(case.release(), stage=replace(DEV, protected=wanted)).deploy(Path(), print)
    assert case.formation.protected is wanted


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


def test_a_stack_of_another_app_is_left_alone(make: Make) -> None:
    case = make(Live("3"), "4")
    case.formation.parameters["App"] = "another"
    line = f"There is a stack {case.release().stack} that stage dev of "
    assert case.refused().startswith(line)
    assert case.formation.requests == []


def test_no_canary_of_what_is_live(make: Make) -> None:
    case = make(Live("4"), "4", NOTHING)
    publish(case, "4")
    case.deploy(10)
    assert case.live == Live("4")
    assert case.shown[0] == "  CANARY: this is version 4, which is live already."


def test_a_version_that_was_deleted_is_not_live(make: Make) -> None:
    """CloudFormation tells of what it has deleted for months."""
    case = make(Live("4"), "5")
    publish(case, "4", "DELETE_COMPLETE")
    case.deploy(10)
    assert case.live == Live("4", canary="5", weight=0.1)


def test_no_canary_of_a_stage_with_provisioned_concurrency() -> None:
    stage = replace(DEV, parameters={"ProvisionedConcurrency": "1"})
    with pytest.raises(Refusal) as raised:
        canary.percent("10", "package", stage)
    assert str(raised.value) == (
        "CANARY and ProvisionedConcurrency exclude each other: set ProvisionedConcurrency of stage "
        "dev to 0 in .chalice/config.json, and deploy once without CANARY."
    )
    assert canary.percent("", "package", stage) == 0
    assert canary.percent("10", "package", DEV) == 10


def test_no_canary_beside_provisioned_concurrency(make: Make) -> None:
    case = make(Live("3"), "4")
    case.functions.provisioned = "READY"
    assert case.refused(10) == (
        "CANARY and ProvisionedConcurrency exclude each other, and what is live has it: "
        "deploy once without CANARY."
    )
    assert case.formation.requests == []


def test_no_provisioned_concurrency_beside_a_canary(make: Make) -> None:
    case = make(Live("3", canary="4", weight=0.1), "4")
    assert case.refused(ProvisionedConcurrency="2") == (
        "Version 4 is a canary still, and Lambda takes no provisioned concurrency beside it: "
        f"`make rollback STAGE=dev VIA={case.way.via}` ends it, or a deployment with "
        "ProvisionedConcurrency 0 gives it "
        "all calls."
    )
    assert case.formation.requests == []
    case.deploy(20, ProvisionedConcurrency="0")
    assert case.live.weight == 0.2


def test_the_first_version_is_no_canary(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    case = make(Live("1"), "1")
    given, case.formation.outputs = case.formation.outputs, {}
    monkeypatch.setattr(Release, "_apply", lambda *_: case.formation.outputs.update(given))
    case.deploy(10)
    assert case.shown[0] == "  CANARY: nothing is live yet, so all calls go to the first version."
    assert case.live == Live("1")


def test_a_failure_does_not_undo_a_rollback(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudFormation goes back to version 4, which somebody had left by `make rollback`."""
    case = make(Live("2"), "4")

    def fail(*_: Any) -> None:
        alias.point(case.functions, "function", Live("4"))
        raise Refusal("It failed.")

    monkeypatch.setattr(Release, "_apply", fail)
    with pytest.raises(Refusal, match=r"^It failed\. Live again: version 2\.$"):
        case.deploy()
    assert case.live == Live("2")


def test_a_failure_that_moved_nothing(make: Make) -> None:
    case = make(Live("4"), "4", FAILED)
    with pytest.raises(Refusal, match=r"because Rule: No\.$"):
        case.deploy()


@pytest.fixture
def sleepless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.mark.usefixtures("sleepless")
def test_what_never_got_ready_is_not_in_the_way(make: Make) -> None:
    """CloudFormation would be refused for as long as Lambda's own weights stay."""
    case = make(Live("1"), "3")
    case.functions.provisioned = "FAILED"
    case.functions.alias |= moving("2", "1")
    led: list[Live] = []
    update = case.formation.__getattr__("update_stack")

    def looking(**request: Any) -> dict[str, Any]:
        led.append(case.live)
        return update(**request)

    vars(case.formation)["update_stack"] = looking
    case.deploy(ProvisionedConcurrency="2")
    assert led == [Live("1")]
    assert case.live == Live("3", before="1")
    assert case.shown[:2] == [
        "  Waiting for version 2 to be ready (provisioned concurrency).",
        "  Version 2 did not get ready and is given up.",
    ]


@pytest.mark.usefixtures("sleepless")
def test_a_new_version_that_does_not_get_ready(make: Make) -> None:
    case = make(Live("1"), "2")
    case.functions.provisioned, case.functions.slow = "FAILED", True
    assert case.refused() == (
        "Version 2 does not get ready for its provisioned concurrency: the log group "
        "/api/users-api-dev may say why. All calls go to version 1."
    )
    assert case.functions.alias["FunctionVersion"] == "1"
    assert case.functions.alias["RoutingConfig"] == {"AdditionalVersionWeights": {}}


def moving(new: str, old: str) -> dict[str, Any]:
    """What Lambda says of an alias that it has not moved yet."""
    routing = {"AdditionalVersionWeights": {old: 1.0}}
    return {"FunctionVersion": new, "RoutingConfig": routing}


@pytest.mark.parametrize(
    ("live", "before", "after", "line"),
    [
        (Live("4"), Live("3"), Live("3"), "Live again: version 3."),
        (Live("4"), Live("4", before="3"), Live("4"), ""),
        # A canary failed, and what was live before is live still.
        (Live("3", "4", 0.1), Live("3"), Live("3"), "All calls go to version 3."),
        # It had a part before, of this or another size, and gets none now.
        (Live("3", "4", 0.5), Live("3", "4", 0.1), Live("3"), "All calls go to version 3."),
        (Live("3", "4", 0.1), Live("3", "4", 0.1), Live("3"), "All calls go to version 3."),
        (Live("4"), Live("3", "4", 0.1), Live("3"), "Live again: version 3."),
        # Nothing is known against another canary.
        (
            Live("4"),
            Live("2", "3", 0.1),
            Live("2", "3", 0.1),
            "Live again: version 2, 10% of the calls to version 3.",
        ),
        # Lambda's own weights are never given back.
        (Live("4"), Live("3", coming="2"), Live("3"), "Live again: version 3."),
    ],
)
def test_version_4_fails_its_try(
    make: Make, live: Live, before: Live, after: Live, line: str
) -> None:
    case = make(live, "4")
    assert case.taken_back(before, broken="4") == line
    assert replace(case.live, before="") == after


def test_a_move_that_failed_is_taken_back(make: Make) -> None:
    """Lambda's weights stay behind it, and what they lead to is what was live."""
    case = make(Live("1"), "2")
    case.functions.alias |= moving("2", "1")
    assert case.taken_back(Live("1")) == "All calls go to version 1."
    assert case.functions.alias["RoutingConfig"] == {"AdditionalVersionWeights": {}}


def test_taking_back_may_last(make: Make) -> None:
    case = make(Live("2"), "2")
    case.functions.slow = True
    assert case.taken_back(Live("1")) == "Live again as soon as Lambda has it ready: version 1."


def test_what_cannot_be_taken_back(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first cause is told still, and what to do."""
    case = make(Live("2"), "2")

    def fail(**_: Any) -> None:
        raise refused("UpdateAlias", "Not now.")

    monkeypatch.setattr(case.functions, "update_alias", fail)
    assert case.taken_back(Live("1")) == (
        f"It is not taken back: `make rollback STAGE=dev VIA={case.way.via}`. AWS refused "
        "UpdateAlias: Not now."
    )
