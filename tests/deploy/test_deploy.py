"""`make deploy` refuses in a line what cannot be meant, before AWS is asked anything."""

import sys

import pytest

from tests.engines import ROOT
from tools import aws, stages
from tools.deploy import __main__ as command
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
        (["--stage", "dev", "--via", "sam"], "VIA=sam: there is only chalice and package."),
        (
            ["--stage", "dev", "--canary", "10"],
            "CANARY needs VIA=package: only there is an alias that can share the calls.",
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
        "deploy": ("--stage", "--via", "--canary"),
        "rollback": ("--stage", "--version"),
        "destroy": ("--stage", "--via", "--confirm"),
    }.items():
        _, _, recipe = makefile.partition(f"\n{target}: ")
        recipe = recipe.partition("\n\n")[0]
        assert [option for option in options if option not in recipe] == []
