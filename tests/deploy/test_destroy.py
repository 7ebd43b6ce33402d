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
    monkeypatch.setattr(deployed, "read", lambda _: [])
    monkeypatch.setattr(direct, "destroy", lambda *_: resources.clear())
    return resources


def run(
    formation: Formation, via: str = "", confirm: str = NAME, *, protected: bool = False
) -> list[str]:
    shown: list[str] = []
    account: Any = SimpleNamespace(client=formation.clients(), region="us-east-1", emulated=False)
    destroy.destroy(replace(DEV, protected=protected), account, via, confirm, shown.append)
    return shown


def refused(*arguments: Any, **options: Any) -> str:
    with pytest.raises(Refusal) as raised:
        run(*arguments, **options)
    return str(raised.value)


def there(only: str = NAME, **script: Any) -> Formation:
    formation = Formation("UPDATE_COMPLETE", **script)
    formation.only = only
    return formation


GOES = (
    f"What goes: the stack {NAME} with its API, function, versions, layer, role, log and alarms.",
    f"What goes: what chalice deploy has made as {NAME}: API, function, layer and role.",
)
TABLES = f"What stays: the tables and buckets of {DEV.data_stack}"
LOG = f"the log group /aws/lambda/{NAME}"
REPOSITORY = (
    "Its images, where nobody needs them: aws ecr delete-repository --force "
    f"--repository-name {NAME} --region us-east-1"
)
URL = "https://id.execute-api.us-east-1.amazonaws.com/api"


def test_the_stack_goes_and_the_tables_stay(chalice: list[str]) -> None:
    formation = there(delete_stack=("", []))
    formation.outputs = {"EndpointURL": f"{URL}/"}
    assert run(formation) == [
        GOES[0],
        f"{TABLES}, and the bucket of what was deployed.",
        f"The API of VIA=package is gone: {URL}",
    ]
    assert [request["StackName"] for request in formation.requests] == [NAME]


def test_an_image_goes_and_its_repository_stays(chalice: list[str]) -> None:
    formation = there(DEV.image_stack, delete_stack=("", []))
    formation.outputs = {"FunctionUrl": f"{URL}/"}
    stack = f"the stack {NAME}-image"
    assert run(formation, confirm=DEV.image_stack) == [
        f"What goes: {stack} with its URL, function, versions, role, log and alarms.",
        f"{TABLES}, and the repository {NAME} with its images.",
        f"The API of VIA=image is gone: {URL}",
        REPOSITORY,
    ]
    assert [request["StackName"] for request in formation.requests] == [DEV.image_stack]


def test_a_stack_that_was_never_whole_has_no_url(chalice: list[str]) -> None:
    assert run(there(delete_stack=("", [])))[-1] == "The API of VIA=package is gone"


def test_what_chalice_made_goes(chalice: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    api = {"name": deployed.API, "rest_api_id": "id", "rest_api_url": f"{URL}/"}
    monkeypatch.setattr(deployed, "read", lambda _: [api])
    chalice.append("function")
    assert run(Formation()) == [
        GOES[1],
        f"{TABLES}, and {LOG}.",
        f"The API of VIA=chalice is gone: {URL}",
    ]
    assert chalice == []


def test_only_what_is_named_goes(chalice: list[str]) -> None:
    """And the last lines say which API is gone, and which is not."""
    chalice.append("function")
    shown = run(there(delete_stack=("", [])), "package")
    assert chalice == ["function"]
    assert shown[-2:] == [
        "The API of VIA=package is gone",
        "The API of VIA=chalice is there still.",
    ]
    formation = there()
    shown = run(formation, "chalice")
    assert (chalice, formation.asked) == ([], [])
    assert shown[-2:] == [
        "The API of VIA=chalice is gone",
        "The API of VIA=package is there still.",
    ]


def test_both_go_where_nothing_is_named(chalice: list[str]) -> None:
    chalice.append("function")
    formation = there(delete_stack=("", []))
    assert run(formation) == [
        *GOES,
        f"{TABLES}, and the bucket of what was deployed, and {LOG}.",
        "The API of VIA=package is gone",
        "The API of VIA=chalice is gone",
    ]
    assert (chalice, formation.asked) == ([], ["delete_stack"])


@pytest.mark.parametrize("via", ["", "package", "chalice", "image"])
def test_nothing_there(via: str, chalice: list[str]) -> None:
    by = f" by VIA={via}" if via else ""
    assert refused(Formation(), via) == f"Nothing is deployed{by} of stage dev in us-east-1."


def test_a_protected_stage(chalice: list[str]) -> None:
    formation = there()
    assert refused(formation, protected=True) == (
        "Stage dev is protected: set its termination_protection to false in .chalice/config.json "
        "first."
    )
    assert formation.asked == []


def test_the_file_says_whether_a_stage_is_protected(chalice: list[str]) -> None:
    """CloudFormation heard of it at the last deployment only, and lets nothing be deleted."""
    formation = there(delete_stack=("", []))
    formation.protected = True
    assert "that is not" in refused(formation, confirm="another")
    assert vars(formation)["protected"] is True
    shown = run(formation)
    assert "  Its termination protection is lifted, as .chalice/config.json says." in shown
    assert vars(formation)["protected"] is False
    assert formation.asked == ["delete_stack"]


def test_a_stack_of_another_app(chalice: list[str]) -> None:
    """It has the same name, and is somebody else's."""
    formation = there()
    formation.parameters["App"] = "another"
    assert refused(formation).startswith(f"There is a stack {NAME} that stage dev of ")
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


@pytest.mark.parametrize("via", ["", "image"])
def test_an_image_is_asked_for_by_the_name_of_its_own_stack(
    via: str, chalice: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    formation = there(DEV.image_stack)
    said = f"Nothing was deleted: that is not {DEV.image_stack}."
    assert refused(formation, via, NAME) == said
    assert f"add CONFIRM={DEV.image_stack} where" in refused(formation, via, "")
    assert formation.asked == []


def test_where_several_go_the_name_is_the_stages(chalice: list[str]) -> None:
    chalice.append("function")
    formation = there(DEV.image_stack, delete_stack=("", []))
    assert refused(formation, confirm=DEV.image_stack).endswith(f"that is not {NAME}.")
    assert run(formation)[-1] == "The API of VIA=chalice is gone"


def test_nobody_to_ask(chalice: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    said = refused(there(), confirm="")
    assert said == f"Nothing was deleted: add CONFIRM={NAME} where nobody can be asked."
