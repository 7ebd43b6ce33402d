"""Which version is served after `make rollback`."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from tests.deploy.formation import Formation, Lambda
from tools import stages
from tools.deploy import alias, rollback
from tools.refusals import Refusal

DEV = stages.read("dev")
MADE = {str(number): f"2026-11-2{number}T12:0{number}:00.000+0000" for number in range(1, 5)}
GO_ON = "The next `make deploy` brings its own source live again."


def roll(
    live: alias.Live | Lambda, version: str = "", made: dict[str, str] | None = None
) -> tuple[alias.Live, list[str]]:
    """Where the alias leads afterwards, and what was shown."""
    client = live
    if isinstance(client, alias.Live):
        client = Lambda(client, MADE if made is None else made)
    formation = Formation("CREATE_COMPLETE")
    formation.only = DEV.stack
    formation.outputs = {"Alias": "arn", "APIHandlerName": "function"}
    shown: list[str] = []
    clients = formation.clients(**{"lambda": client})
    account: Any = SimpleNamespace(client=clients, region="us-east-1")
    rollback.rollback(DEV, account, "", version, shown.append)
    return alias.read(client, "function"), shown


def test_to_what_was_live_before() -> None:
    """Not to version 3, which was a canary that nobody wanted."""
    live, shown = roll(alias.Live("4", before="2"))
    assert live == alias.Live("2")
    assert shown == [
        "From version 4, made 2026-11-24 12:04 UTC,\n  to version 2, made 2026-11-22 12:02 UTC.",
        GO_ON,
    ]


@pytest.mark.parametrize("before", ["", "9"])
def test_to_the_one_made_before_where_that_is_not_known(before: str) -> None:
    assert roll(alias.Live("4", before=before))[0] == alias.Live("3")


def test_to_any_that_is_named() -> None:
    assert roll(alias.Live("2", before="1"), "4")[0] == alias.Live("4")


def test_a_canary_is_ended() -> None:
    live, shown = roll(alias.Live("2", canary="4", weight=0.1, before="1"))
    assert live == alias.Live("2", before="1")
    assert shown == [
        "The canary has ended: version 4, made 2026-11-24 12:04 UTC, gets no more calls.",
        "All calls go to version 2, made 2026-11-22 12:02 UTC.",
        GO_ON,
    ]


def test_past_a_canary() -> None:
    assert roll(alias.Live("2", canary="4", weight=0.1), "1")[0] == alias.Live("1")


def moving(new: str, old: str) -> Lambda:
    """An alias with provisioned concurrency, whose new version Lambda has not made ready."""
    client = Lambda(alias.Live(old), MADE)
    client.slow = True
    alias.point(client, "function", alias.Live(new, before=old))
    return client


def test_a_version_that_does_not_start_gets_no_calls() -> None:
    """Lambda names version 2 already, and version 1 is the one that answers."""
    client = moving("2", "1")
    live, shown = roll(client)
    assert live == alias.Live("1")
    assert client.alias["FunctionVersion"] == "1"
    assert client.alias["RoutingConfig"] == {"AdditionalVersionWeights": {}}
    assert shown == [
        "Given up: version 2, made 2026-11-22 12:02 UTC, which Lambda had not made ready.",
        "All calls go to version 1, made 2026-11-21 12:01 UTC.",
        GO_ON,
    ]


def test_past_a_version_that_does_not_start() -> None:
    live, shown = roll(moving("4", "3"), "2")
    assert live == alias.Live("3", coming="2")
    assert shown[1].startswith("From version 3, ")


def test_what_is_coming_is_no_canary() -> None:
    assert alias.read(moving("2", "1"), "function") == alias.Live("1", coming="2")
    most = Lambda(alias.Live("1", canary="2", weight=0.99), MADE)
    assert alias.read(most, "function") == alias.Live("1", canary="2", weight=0.99)


def test_lambda_takes_its_time() -> None:
    """With provisioned concurrency, it goes on serving what is left until the other is ready."""
    client = Lambda(alias.Live("4", before="2"), MADE)
    client.slow = True
    live, shown = roll(client)
    assert live == alias.Live("4", coming="2")
    assert shown[1:] == [
        "Provisioned concurrency: Lambda makes version 2 ready first, for minutes.",
        GO_ON,
    ]


def test_waits_until_lambda_has_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    client, shown = moving("2", "1"), list[str]()
    ready = {"FunctionVersion": "2", "Description": "after version 1"}
    monkeypatch.setattr("time.sleep", lambda _: client.alias.update(ready, RoutingConfig={}))
    assert alias.settled(client, "function", shown.append) == alias.Live("2", before="1")
    assert shown == ["  Waiting for version 2 to be ready (provisioned concurrency)."]


def test_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alias, "READY_SECONDS", 0.0)
    now = alias.settled(moving("2", "1"), "function", print)
    assert now == alias.Live("1", coming="2")


def test_does_not_wait_for_what_has_failed() -> None:
    client = moving("2", "1")
    client.provisioned = "FAILED"
    assert alias.settled(client, "function", print) == alias.Live("1", coming="2")


def test_versions_are_numbers() -> None:
    """As text "10" stands before "9", and what Lambda lists comes in any order."""
    many = {str(number): "2026" for number in (10, 11, 9, 2, 1)}
    assert [*alias.versions(Lambda(alias.Live("9"), many), "f")] == ["1", "2", "9", "10", "11"]
    assert roll(alias.Live("10"), made=many)[0].version == "9"
    assert roll(alias.Live("11"), made=many)[0].version == "10"
    assert roll(alias.Live("9"), made=many)[0].version == "2"


@pytest.mark.parametrize(
    ("live", "version", "line"),
    [
        (alias.Live("1"), "", "Version 1 is live, and there is none before it."),
        (alias.Live("2"), "2", "Version 2 is live already."),
        (alias.Live("2"), "7", "There is no version 7: only 1, 2, 3, 4."),
        (alias.Live("2"), "$LATEST", "There is no version $LATEST: only 1, 2, 3, 4."),
    ],
)
def test_what_cannot_be(live: alias.Live, version: str, line: str) -> None:
    with pytest.raises(Refusal, match=f"^{re.escape(line)}$"):
        roll(live, version)


def test_a_stage_that_has_no_versions() -> None:
    account: Any = SimpleNamespace(client=Formation().clients(), region="us-east-1")
    for via, by in (("", ""), ("image", " by VIA=image"), ("chalice", " by VIA=chalice")):
        with pytest.raises(Refusal) as raised:
            rollback.rollback(DEV, account, via, "", print)
        assert str(raised.value) == (
            f"Nothing with versions to go back to is deployed{by} of stage dev in us-east-1: only "
            "VIA=package and VIA=image make them."
        )


def test_a_stage_that_is_deployed_both_ways() -> None:
    """Each has its own function: which is meant, is said."""
    client, formation = Lambda(alias.Live("2"), MADE), Formation("CREATE_COMPLETE")
    formation.outputs = {"Alias": "arn", "APIHandlerName": "function"}
    account: Any = SimpleNamespace(client=formation.clients(**{"lambda": client}), region="")
    with pytest.raises(Refusal) as raised:
        rollback.rollback(DEV, account, "", "", print)
    assert str(raised.value) == (
        "Stage dev is deployed by VIA=package and by VIA=image: add the one to go back with."
    )
    rollback.rollback(DEV, account, "image", "", print)
    assert alias.read(client, "function") == alias.Live("1")


def test_an_alias_that_somebody_else_made() -> None:
    client = Lambda(alias.Live("2"), MADE)
    client.alias |= {"Description": "by hand", "RoutingConfig": {}}
    assert alias.read(client, "function") == alias.Live("2")
