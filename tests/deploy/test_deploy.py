"""What `make deploy` refuses before AWS is asked anything, and how it ends after its try."""

import re
import sys
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from tests.deploy.formation import Formation, Lambda
from tests.engines import ROOT
from tools import aws, stages
from tools.data import stack as data
from tools.deploy import __main__ as command
from tools.deploy import alias, calls, checks, deployed, direct, smoke
from tools.deploy.alias import Live
from tools.deploy.image import Image
from tools.deploy.package import Package
from tools.deploy.protected import Asked
from tools.deploy.signing import Signer
from tools.refusals import Refusal

LOCAL = "Stage local is this machine, where `make run` serves it: add STAGE=dev."
NONE = "STAGE=deev: .chalice/config.json has only {}; to add one: docs/deploy.md."
PERCENT = "CANARY={}: it is a percentage, from 1 to 99."


def refused(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    def asked(*_: object) -> None:
        pytest.fail("AWS was asked")

    monkeypatch.setattr(aws, "account", asked)
    monkeypatch.setattr(sys, "argv", ["make deploy", *arguments])
    with pytest.raises(Refusal) as raised:
        command.main()
    return str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--stage", "local"], LOCAL),
        (["--stage", ""], LOCAL),
        (
            ["--stage", "deev"],
            NONE.format(", ".join(stages.names())),
        ),
        (["--stage", "dev", "--via", "sam"], "VIA=sam: there is only chalice, package and image."),
        (
            ["--stage", "dev", "--canary", "10"],
            "CANARY needs VIA=package or VIA=image: only there an alias can share the calls.",
        ),
        *(
            (["--stage", "dev", "--via", "package", "--canary", value], PERCENT.format(value))
            for value in ("0", "100", "-1", "ten", "1.5", "٣")
        ),
    ],
)
def test_what_cannot_be_meant(
    arguments: list[str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(monkeypatch, *arguments) == line


def test_the_make_targets_give_every_argument() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target, options in {
        "deploy": ("--stage", "--via", "--canary", "--engine"),
        "push": ("--stage", "--engine"),
        "rollback": ("--stage", "--via", "--version"),
        "destroy": ("--stage", "--via", "--confirm"),
    }.items():
        _, _, recipe = makefile.partition(f"\n{target}: ")
        recipe = recipe.partition("\n\n")[0]
        assert [option for option in options if option not in recipe] == []


def test_another_place_than_it_is_deployed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is made there."""

    def elsewhere(*_: object) -> None:
        raise Refusal("Stage dev is deployed to eu-west-1.")

    for check in ("python", "settings", "policy"):
        monkeypatch.setattr(checks, check, lambda _: None)
    monkeypatch.setattr(aws, "account", lambda _: ACCOUNT)
    monkeypatch.setattr(deployed, "check_place", elsewhere)
    monkeypatch.setattr(command, "deploy", lambda *_: pytest.fail("It was deployed."))
    monkeypatch.setattr(sys, "argv", ["make deploy", "--stage", "dev"])
    with pytest.raises(Refusal, match="is deployed to eu-west-1"):
        command.main()


DEV = replace(stages.read("dev"), parameters={}, environment={"ORIGINS": "https://a.example"})
ACCOUNT: Any = SimpleNamespace(number="1", region="us-east-1", emulated=False)
URL = "https://id.execute-api.us-east-1.amazonaws.com/api"
WRONG = "Deployed, and not well: GET /health: expected 200, got 500."
CHALICES_LOG = f"/aws/lambda/{DEV.function}"
LIVE = f"{WRONG} It is live: correct it, and deploy again."


class Deployment:
    """A stage that is deployed; `well` says how its try goes, and `tried` what was tried."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.well, self.tried, self.chalices = True, list[Any](), list[Any]()
        self.signers, self.asked, self.outputs = list[Any](), list[Asked](), dict[str, str]()
        self.stage = DEV
        self.formation, self.functions = Formation(), Lambda(Live("1"), {})
        clients = self.formation.clients(**{"lambda": self.functions})
        self.account: Any = SimpleNamespace(client=clients, **vars(ACCOUNT))
        monkeypatch.setattr(data, "apply", lambda *_: True)
        for way in (Package, Image):
            monkeypatch.setattr(way, "deploy", lambda *_: self._leads(self.after))
        monkeypatch.setattr(direct, "deploy", lambda *_: URL)
        monkeypatch.setattr(deployed, "read", lambda _: self.chalices)
        monkeypatch.setattr(smoke, "check", partial(self._try, "all"))
        monkeypatch.setattr(smoke, "check_canary", self._try)

    def _try(self, *what: Any, asked: Asked) -> None:
        self.asked.append(asked)
        apis = [one for one in what if isinstance(one, calls.Api)]
        self.signers += [vars(api)["_signer"] for api in apis]
        self.tried.append([vars(one)["_url"] if one in apis else one for one in what])
        if not self.well:
            raise Refusal(WRONG)

    def _leads(self, to: Live) -> str:
        self.formation.status = "UPDATE_COMPLETE"
        outputs = {"APIHandlerName": "function", "LogGroup": "/api/log", "Alias": "arn"}
        self.formation.outputs = outputs | {"Version": to.canary or to.version} | self.outputs
        alias.point(self.functions, "function", to)
        return URL

    def package(self, before: Live | None, after: Live, via: str = "package") -> str:
        """Deploy with VIA=package, or VIA=image."""
        self.after = after
        if before:
            self._leads(before)
        self.formation.only = {"package": DEV.stack, "image": DEV.image_stack}[via]
        return command.deploy(self.stage, self.account, via)

    def refused(self, before: Live | None, after: Live) -> str:
        self.well = False
        with pytest.raises(Refusal) as raised:
            self.package(before, after)
        return str(raised.value)

    def chalice(self) -> str:
        return command.deploy(DEV, self.account, "chalice")

    @property
    def live(self) -> Live:
        return alias.read(self.functions, "function")


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Deployment:
    return Deployment(monkeypatch)


def test_what_is_well_gives_its_url(deployment: Deployment) -> None:
    assert deployment.package(Live("1"), Live("2")) == URL
    assert deployment.chalice() == URL
    (*first, version), second = deployment.tried
    assert first == ["all", URL, "https://a.example", print, "/api/log"]
    assert vars(version)["_which"] == {"FunctionName": "function", "Qualifier": "2"}
    assert second == ["all", URL, "https://a.example", print, CHALICES_LOG]
    assert deployment.signers == [None, None]


def test_a_function_url_that_asks_for_signatures(deployment: Deployment) -> None:
    """Browsers cannot call it: Lambda refuses a preflight, which nobody signs."""
    assert deployment.package(Live("1"), Live("2"), "image") == URL
    deployment.outputs = {"UrlAuthType": "AWS_IAM"}
    assert deployment.package(Live("1"), Live("2"), "image") == URL
    assert [tried[2] for tried in deployment.tried] == ["https://a.example", None]
    without, signer = deployment.signers
    assert without is None
    assert isinstance(signer, Signer)


def test_a_region_without_function_urls(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even tables are made there: none would be in use."""
    monkeypatch.setattr(data, "apply", lambda *_: pytest.fail("Tables were made."))
    deployment.account.region = "il-central-1"
    with pytest.raises(Refusal, match=r"^Lambda has no function URLs in il-central-1: take VIA="):
        deployment.package(None, Live("1"), "image")
    assert deployment.formation.requests == []


def test_a_first_deployment_that_is_not_well(deployment: Deployment) -> None:
    """There is nothing to take it back to."""
    assert deployment.refused(None, Live("1")) == LIVE
    with pytest.raises(Refusal, match=f"^{re.escape(LIVE)}$"):
        deployment.chalice()


def test_a_version_that_is_not_well(deployment: Deployment) -> None:
    assert deployment.refused(Live("1"), Live("2")) == f"{WRONG} Live again: version 1."
    assert deployment.live == Live("1")


def test_what_was_live_already_is_not_well(deployment: Deployment) -> None:
    assert deployment.refused(Live("2"), Live("2")) == LIVE


def test_a_canary_is_tried_by_itself(deployment: Deployment) -> None:
    assert deployment.package(Live("1"), Live("1", canary="2", weight=0.1)) == URL
    (((version, *others),)) = deployment.tried
    assert vars(version)["_which"] == {"FunctionName": "function", "Qualifier": "2"}
    assert others == [URL, "https://a.example", print, "/api/log"]


@pytest.mark.parametrize("weight", [0.0, 0.1])
def test_what_is_asked_for_is_tried(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, weight: float
) -> None:
    """Without it, a stage that is open by mistake would be well."""
    trust = {"AUTH_ISSUER": "https://id.example.com", "AUTH_AUDIENCE": "api"}
    deployment.stage = replace(DEV, environment=DEV.environment | trust)
    monkeypatch.setenv("TOKEN", "a.b.c")
    deployment.package(Live("1"), Live("1", canary="2" if weight else "", weight=weight))
    (asked,) = deployment.asked
    assert asked.issuer == "https://id.example.com"
    assert dict(asked.headers) == {"Authorization": "Bearer a.b.c"}


@pytest.mark.parametrize("before", [Live("1"), Live("1", canary="2", weight=0.1)])
@pytest.mark.parametrize("part", [0.1, 0.5])
def test_a_canary_that_is_not_well_gets_no_calls(
    deployment: Deployment, before: Live, part: float
) -> None:
    after = Live("1", canary="2", weight=part)
    assert deployment.refused(before, after) == f"{WRONG} All calls go to version 1."
    assert deployment.live == Live("1")


def test_says_what_else_is_deployed(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    line = (
        "Also deployed by VIA={}, at another URL. When nobody calls that one any more: "
        "make destroy STAGE=dev VIA={}\n"
    )
    deployment.chalice()
    assert "Also deployed" not in capsys.readouterr().out
    deployment.package(Live("1"), Live("2"))
    assert "Also deployed" not in capsys.readouterr().out
    deployment.chalice()
    assert line.format("package", "package") in capsys.readouterr().out
    deployment.chalices.append("function")
    deployment.package(Live("1"), Live("2"))
    assert line.format("chalice", "chalice") in capsys.readouterr().out
    deployment.formation.only = ""
    deployment.chalice()
    lines = line.format("package", "package") + line.format("image", "image")
    assert lines in capsys.readouterr().out
