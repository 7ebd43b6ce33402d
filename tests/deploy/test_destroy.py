"""What `make destroy` takes away, after what question, and what it never touches."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.deploy.formation import Formation
from tools import stages
from tools.deploy import deployed, destroy, direct
from tools.refusals import Refusal

DEV = replace(stages.read("dev"), protected=False)
NAME = DEV.stack


@pytest.fixture
def chalice(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `chalice deploy` has made; tests put something into it."""
    resources: list[str] = []
    monkeypatch.setattr(deployed, "current", lambda *_: resources)
    monkeypatch.setattr(direct, "destroy", lambda *_: resources.clear())
    return resources


def run(
    formation: Formation, via: str = "", confirm: str = NAME, *, protected: bool = False
) -> list[str]:
    shown: list[str] = []
    account: Any = SimpleNamespace(client=formation.clients(), region="us-east-1")
    destroy.destroy(replace(DEV, protected=protected), account, via, confirm, shown.append)
    return shown


def refused(*arguments: Any, **options: Any) -> str:
    with pytest.raises(Refusal) as raised:
        run(*arguments, **options)
    return str(raised.value)


def there(**script: Any) -> Formation:
    return Formation("UPDATE_COMPLETE", **script)


def test_the_stack_goes_and_the_tables_stay(chalice: list[str]) -> None:
    formation = there(delete_stack=("", []))
    shown = run(formation)
    assert [request["StackName"] for request in formation.requests] == [NAME]
    assert shown[1] == (
        f"What stays: the tables of {DEV.data_stack}, and the bucket of what was deployed."
    )
    assert shown[-1] == f"{NAME} is gone."


def test_what_chalice_made_goes(chalice: list[str]) -> None:
    chalice.append("function")
    run(Formation())
    assert chalice == []


def test_only_what_is_named_goes(chalice: list[str]) -> None:
    chalice.append("function")
    run(there(delete_stack=("", [])), "package")
    assert chalice == ["function"]
    formation = there()
    run(formation, "chalice")
    assert (chalice, formation.asked) == ([], [])


def test_both_go_where_nothing_is_named(chalice: list[str]) -> None:
    chalice.append("function")
    formation = there(delete_stack=("", []))
    run(formation)
    assert (chalice, formation.asked) == ([], ["delete_stack"])


@pytest.mark.parametrize("via", ["", "package", "chalice"])
def test_nothing_there(via: str, chalice: list[str]) -> None:
    assert refused(Formation(), via) == f"Nothing is deployed of stage {DEV.name} in us-east-1."


def test_a_protected_stage(chalice: list[str]) -> None:
    formation = there()
    assert refused(formation, protected=True) == (
        "Stage dev is protected: set its termination_protection to false in .chalice/config.json "
        "first."
    )
    formation.protected = True
    assert refused(formation).startswith(f"CloudFormation protects {NAME}: `make deploy` once")
    assert formation.asked == []


def test_another_name_than_the_stacks(chalice: list[str]) -> None:
    assert refused(there(), confirm="dev") == f"Nothing was deleted: that is not {NAME}."


@pytest.mark.parametrize(("typed", "goes"), [(NAME, True), (f" {NAME} ", True), ("yes", False)])
def test_the_question(
    typed: str, goes: bool, chalice: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda _: typed)
    formation = there(delete_stack=("", []))
    if goes:
        run(formation, confirm="")
    else:
        assert "that is not" in refused(formation, confirm="")
    assert formation.asked == (["delete_stack"] if goes else [])


def test_nobody_to_ask(chalice: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    said = refused(there(), confirm="")
    assert said == f"Nothing was deleted: add CONFIRM={NAME} where nobody can be asked."
