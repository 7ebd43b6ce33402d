"""`make restore`, end to end on ministack, with a past that the tests give it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicekit.call import Call
from chalicekit.problems import NotFound, Taken
from chalicelib.users import UserFields, UserQuery, users
from tests import engines
from tests.clone import Clone
from tests.operations.past import Past
from tests.operations.tables import Held, assert_sound
from tests.targets import in_process

pytestmark = [pytest.mark.users, pytest.mark.slow]
STAGE = "dev"


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[engines.Engine]:
    with engines.ministack(tmp_path, stage=STAGE) as started:
        yield started


@pytest.fixture
def held(dev: engines.Engine) -> Held:
    """The stage's tables, with what ministack's CloudFormation ignores."""
    found = Held(dev.client(), STAGE)
    for table in ("users", "claims"):
        found.client.update_continuous_backups(
            TableName=found.name(table),
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
    arn = found.client.describe_table(TableName=found.name("users"))["Table"]["TableArn"]
    tags = [{"Key": "team", "Value": "blue"}]
    found.client.tag_resource(ResourceArn=arn, Tags=tags)
    return found


@pytest.fixture
def past(dev: engines.Engine, held: Held) -> Iterator[Past]:
    with Past(dev, [held.name("users"), held.name("claims")]) as begun:
        yield begun


@pytest.fixture
def clone(tmp_path: Path, dev: engines.Engine, past: Past) -> Clone:
    made = Clone(tmp_path / "clone")
    made.env |= engines.CREDENTIALS | {"AWS_REGION": engines.REGION}
    made.env |= {"AWS_ENDPOINT_URL": dev.url, "AWS_ENDPOINT_URL_DYNAMODB": past.url}
    return made


def make(clone: Clone, at: str, stage: str = STAGE) -> subprocess.CompletedProcess[str]:
    return clone.run("make", "-s", "restore", f"STAGE={stage}", f"AT={at}")


def refused(clone: Clone, at: str, stage: str = STAGE) -> str:
    before = clone.tree()
    done = make(clone, at, stage)
    assert done.returncode != 0
    assert clone.tree() == before
    line, *rest = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert not rest, done.stderr
    return line


def settings(clone: Clone) -> dict[str, str]:
    config: dict[str, Any] = json.loads(clone.text(".chalice/config.json"))
    found: dict[str, str] = config["stages"][STAGE]["environment_variables"]
    return found


def named(at: str) -> str:
    return "-" + at.removesuffix("Z").replace("-", "").replace(":", "").replace("T", "t")


def made(number: int) -> UserFields:
    return UserFields(id=f"u{number}", name="Ada", email=f"{number}@example.org")


def test_users_deleted_by_mistake_come_back(
    clone: Clone, dev: engines.Engine, held: Held, past: Past
) -> None:
    place = {"AWS_ENDPOINT_URL": dev.url, "STAGE": STAGE}
    with in_process(**place):
        for number in range(30):
            users.add(made(number), Call())
        at = past.keep()
        for number in range(30):
            users.delete(f"u{number}", Call())
        users.add(UserFields(id="new", name="Eve", email="7@example.org"), Call())
    config = clone.text(".chalice/config.json")
    old = held.all()

    done = make(clone, at)
    assert done.returncode == 0, done.stdout + done.stderr
    restored = replace(held, suffix=named(at))
    assert held.all() == old, "the tables of before stay as they are"
    assert set(restored.items("users")) == {f"u{number}" for number in range(30)}
    assert_sound(restored)
    for table in ("users", "claims"):
        assert_settled(restored, table)
    tables = {"TABLE_USERS": restored.name("users"), "TABLE_CLAIMS": restored.name("claims")}
    assert settings(clone).items() >= tables.items()
    changed = [
        line
        for line in clone.text(".chalice/config.json").splitlines()
        if line not in config.splitlines()
    ]
    assert len(changed) <= 3, "the lines of the settings, and the comma before them"
    for name in tables.values():
        assert f"table/{name}" in clone.text(f".chalice/policy-{STAGE}.json")
    assert "make deploy STAGE=dev" in done.stdout

    with in_process(**place, **tables):  # as deployed with these settings
        assert users.get("u7", Call()).email == "7@example.org"
        assert [u.id for u in users.page(UserQuery(email="7@example.org"), Call()).items] == ["u7"]
        listed = users.page(UserQuery(sort="created_at", limit=100), Call())
        assert [user.id for user in listed.items] == [f"u{number}" for number in range(30)]
        with pytest.raises(NotFound):
            users.get("new", Call())
        with pytest.raises(Taken):
            users.add(UserFields(id="another", name="Eve", email="7@Example.org"), Call())
        users.add(made(31), Call())

    text, items = clone.text(".chalice/config.json"), restored.all()
    again = make(clone, at)
    assert again.returncode == 0, again.stdout + again.stderr
    assert clone.text(".chalice/config.json") == text
    assert restored.all() == items, "given again, it changes nothing"


def assert_settled(held: Held, name: str) -> None:
    client, table = held.client, held.name(name)
    described = client.describe_table(TableName=table)["Table"]
    assert described["DeletionProtectionEnabled"]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [index["IndexName"] for index in described.get("GlobalSecondaryIndexes", [])] == (
        ["created_at"] if name == "users" else []
    )
    backups = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    status = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    assert status == "ENABLED"
    if name == "claims":
        expiry = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "expires_at")
    else:
        tags = client.list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"]
        assert {"Key": "team", "Value": "blue"} in tags


def test_a_second_restore_finds_the_table_that_was_in_use_then(
    clone: Clone, held: Held, past: Past
) -> None:
    held.put("users", id="1", name="Ada", email="1@example.org")
    first = past.keep()
    held.put("users", id="2", name="Bob", email="2@example.org")
    second = past.keep()
    for at, ids in ((second, {"1", "2"}), (first, {"1"})):
        done = make(clone, at)
        assert done.returncode == 0, done.stderr
        assert f"{held.name('users')}{named(at)}: as {held.name('users')} was." in done.stdout
        assert set(replace(held, suffix=named(at)).items("users")) == ids
        assert settings(clone)["TABLE_USERS"].endswith(named(at))


def test_a_wait_that_was_ended_goes_on(clone: Clone, held: Held, past: Past) -> None:
    held.put("users", id="1", name="Ada", email="1@example.org")
    at = past.keep()
    past.creating = 10**6
    command = [sys.executable, "-u", "-m", "tools.restore", "--stage", STAGE, "--at", at]
    process = subprocess.Popen(
        command,
        cwd=clone.folder,
        env=clone.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    while "Ctrl-C may be pressed" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert told.splitlines()[-1] == "Stopped, and AWS goes on: the same command goes on waiting."
    assert "TABLE_USERS" not in settings(clone)
    past.creating = 0
    done = make(clone, at)
    assert done.returncode == 0, done.stderr
    assert_sound(replace(held, suffix=named(at)))


def test_what_cannot_be_had_is_a_line(clone: Clone, held: Held, past: Past) -> None:
    first = past.keep()
    name = held.name("users")
    assert refused(clone, "9999-01-01T00:00:00Z").startswith(
        "AT=9999-01-01T00:00:00Z has not come yet: it is "
    )
    assert refused(clone, "2020-01-01T00:00:00Z") == (
        f"AT=2020-01-01T00:00:00Z is too early: {name} goes back to {first}."
    )
    held.client.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    assert refused(clone, first) == f"{name} keeps no past: point-in-time recovery is off."
    assert len(held.client.list_tables()["TableNames"]) == 3, "nothing was made"
    config = ".chalice/config.json"
    for stage, line in {
        "local": "Stage local keeps no past: name another, such as STAGE=dev.",
        "test": f"STAGE=test: {config} has only local, dev, prod; to add one: docs/deploy.md.",
        "prod": f"There is no table {engines.APP}-prod-users: make deploy makes it.",
    }.items():
        assert refused(clone, first, stage) == line
    assert refused(clone, "noon").startswith("AT=noon: give a time in UTC")
