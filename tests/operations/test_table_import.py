"""The data stack holds the tables that a stage uses: restored ones come in, others leave, kept."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import engines
from tests.operations.tables import Held
from tools import stages
from tools.cloudformation import parameters
from tools.data import stack as data
from tools.data import table_import, tables
from tools.refusals import Refusal
from tools.stages import Stage

pytestmark = [pytest.mark.users, pytest.mark.slow]
NEW = "-20261120t120000"


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[engines.Engine]:
    with engines.ministack(tmp_path, stage="dev") as started:
        yield started


def using(suffix: str, *names: str) -> Stage:
    stage = stages.read("dev")
    used = {f"TABLE_{name.upper()}": f"{stage.stack}-{name}{suffix}" for name in names}
    return replace(stage, environment=stage.environment | used)


def copies(dev: engines.Engine, *names: str) -> list[str]:
    """Tables beside the stage's own, each with an item."""
    client, made = dev.client(), []
    for table in tables.tables(engines.APP, "dev"):
        if table["TableName"].endswith(names):
            name = f"{table['TableName']}{NEW}"
            client.create_table(**table | {"TableName": name})
            key = table["KeySchema"][0]["AttributeName"]
            client.put_item(TableName=name, Item={key: {"S": "kept"}})
            made.append(name)
    return made


def held(dev: engines.Engine, app: str = engines.APP) -> set[str]:
    rows = dev.client("cloudformation").list_stack_resources(StackName=f"{app}-dev-data")
    return {
        row["PhysicalResourceId"]
        for row in rows["StackResourceSummaries"]
        if row["ResourceType"] == table_import.TABLE
    }


def own(*names: str) -> set[str]:
    return {f"{engines.APP}-dev-{name}" for name in names}


def test_restored_tables_take_the_places_of_the_old_ones_and_back(dev: engines.Engine) -> None:
    new = {*copies(dev, "users", "claims")}
    before = Held(dev.client(), "dev")
    before.put("users", id="old", name="Ada")
    stage = using(NEW, "users", "claims")
    assert data.apply(dev.client, stage)
    assert held(dev) == new
    assert not data.apply(dev.client, stage), "nothing is done where nothing changed"
    assert set(before.items("users")) == {"old"}
    assert set(replace(before, suffix=NEW).items("users")) == {"kept"}
    assert data.apply(dev.client, stages.read("dev"))
    assert held(dev) == own("users", "claims")
    assert set(before.items("users")) == {"old"}
    assert set(replace(before, suffix=NEW).items("users")) == {"kept"}


def test_one_table_of_two(dev: engines.Engine) -> None:
    new = copies(dev, "users")
    assert data.apply(dev.client, using(NEW, "users"))
    assert held(dev) == {*new, *own("claims")}


def test_a_stack_that_was_deleted(dev: engines.Engine) -> None:
    new = copies(dev, "users")
    dev.client("cloudformation").delete_stack(StackName=f"{engines.APP}-dev-data")
    assert data.apply(dev.client, using(NEW, "users"))
    assert held(dev) == {*new, *own("claims")}
    assert set(Held(dev.client(), "dev", NEW).items("users")) == {"kept"}


def test_an_app_with_a_new_name_keeps_its_tables(dev: engines.Engine) -> None:
    stage = using("", "users", "claims")
    Held(dev.client(), "dev").put("users", id="kept", name="Ada")
    cloudformation = dev.client("cloudformation")
    cloudformation.delete_stack(StackName=stage.data_stack)
    renamed = replace(stage, app="people")
    assert data.apply(dev.client, renamed)
    assert held(dev, "people") == own("users", "claims")
    assert set(Held(dev.client(), "dev").items("users")) == {"kept"}


def test_a_move_that_was_ended_between_its_steps(
    dev: engines.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = {*copies(dev, "users", "claims")}
    stage = using(NEW, "users", "claims")

    def ended(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(table_import, "_import", ended)
        with pytest.raises(KeyboardInterrupt):
            data.apply(dev.client, stage)
    assert not held(dev) & (new | own("users", "claims"))
    assert data.apply(dev.client, stage)
    assert held(dev) == new


def test_a_table_that_is_not_there_is_a_line_and_nothing_changes(dev: engines.Engine) -> None:
    name = f"{engines.APP}-dev-users{NEW}"
    with pytest.raises(Refusal) as raised:
        data.apply(dev.client, using(NEW, "users"))
    assert str(raised.value) == (
        f"TABLE_USERS of stage dev (.chalice/config.json) names {name}, "
        "and there is no such table: correct it, or take it out."
    )
    assert held(dev) == own("users", "claims")


def test_without_settings_the_template_is_as_it_stands(dev: engines.Engine) -> None:
    template = parameters.read(tables.TEMPLATE)
    assert table_import.named(template, stages.read("dev"), dev.client()) == template
