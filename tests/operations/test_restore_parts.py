"""The parts of `make restore` that need no table: the time, and the settings as text."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines import ROOT
from tools import stages
from tools.refusals import Refusal
from tools.restore import config_edit, point_in_time, tables

CONFIG = (ROOT / ".chalice/config.json").read_text()
NAMES = {"TABLE_USERS": "app-dev-users-20261120t120000"}


@pytest.mark.parametrize(
    ("at", "line"),
    [
        ("", "AT=: give a time in UTC, such as AT=2026-11-20T12:00:00Z."),
        ("yesterday", "AT=yesterday: give a time in UTC, such as AT=2026-11-20T12:00:00Z."),
        (
            "2026-11-20T12:00:00",
            "AT=2026-11-20T12:00:00 has no zone: give UTC, such as AT=2026-11-20T12:00:00Z.",
        ),
        (
            "2020-11-20T12:00:00+02:00",
            "AT=2020-11-20T12:00:00+02:00 is not written in UTC: that is AT=2020-11-20T10:00:00Z.",
        ),
        (
            "2020-11-20T12:00:00.5Z",
            "AT=2020-11-20T12:00:00.5Z: a table goes back to a whole second.",
        ),
    ],
)
def test_a_time_that_is_none_is_a_line(at: str, line: str) -> None:
    with pytest.raises(Refusal) as raised:
        point_in_time.read(at)
    assert str(raised.value) == line


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("2026-11-20T12:00:00Z", "is too early: t goes back to 2026-11-20T12:00:01Z."),
        ("2026-11-20T12:00:01Z", ""),
        ("2026-11-20T12:30:00Z", ""),
        ("2026-11-20T12:30:01Z", "is too late: t can be had as of 2026-11-20T12:30:00Z by now."),
    ],
)
def test_a_time_is_within_what_can_be_had(at: str, why: str) -> None:
    window = {
        "PointInTimeRecoveryStatus": "ENABLED",
        "EarliestRestorableDateTime": datetime(2026, 11, 20, 12, 0, 0, 500000, tzinfo=UTC),
        "LatestRestorableDateTime": datetime(2026, 11, 20, 12, 30, 0, 500000, tzinfo=UTC),
    }
    answer = {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": window}}
    client = SimpleNamespace(describe_continuous_backups=lambda **_: answer)
    said = point_in_time.outside(client, "t", datetime.fromisoformat(at))
    assert said == (why and f"AT={at} {why}")


def test_a_window_that_begins_with_a_second_has_that_second() -> None:
    window = {
        "PointInTimeRecoveryStatus": "ENABLED",
        "EarliestRestorableDateTime": datetime(2026, 11, 20, 12, tzinfo=UTC),
        "LatestRestorableDateTime": datetime(2026, 11, 20, 12, tzinfo=UTC),
    }
    answer = {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": window}}
    client = SimpleNamespace(describe_continuous_backups=lambda **_: answer)
    assert not point_in_time.outside(client, "t", datetime(2026, 11, 20, 12, tzinfo=UTC))


def test_a_time_is_in_a_tables_name() -> None:
    at = point_in_time.read("2020-11-20T12:00:05Z")
    assert at == datetime(2020, 11, 20, 12, 0, 5, tzinfo=UTC)
    plan = {table.name: table for table in tables.planned(stages.read("dev"), at)}
    assert plan["claims"].setting == "TABLE_CLAIMS"
    assert plan["claims"].target.endswith("-dev-claims-20201120t120005")


def test_only_the_lines_of_the_settings_change() -> None:
    after = config_edit.edited(CONFIG, "dev", NAMES | {"TABLE_CLAIMS": "claims"})
    assert config_edit.edited(after, "dev", NAMES) == after
    lines = after.splitlines()
    new = [line for line in lines if line not in CONFIG.splitlines()]
    assert [line.strip().rstrip(",") for line in new[-2:]] == [
        '"TABLE_USERS": "app-dev-users-20261120t120000"',
        '"TABLE_CLAIMS": "claims"',
    ]
    assert len(lines) == len(CONFIG.splitlines()) + 2
    other = config_edit.edited(after, "dev", {"TABLE_USERS": "other"})
    assert other == after.replace("app-dev-users-20261120t120000", "other")


def test_of_two_equal_members_the_last_is_edited_since_that_is_what_is_read() -> None:
    stage = '"dev": {"environment_variables": {"TABLE_USERS": "a"}}'
    old, new = (stage.replace('"a"', f'"{value}"') for value in "ab")
    text = f'{{"stages": {{{old}, {old}}}}}'
    assert config_edit.edited(text, "dev", {"TABLE_USERS": "b"}) == (
        f'{{"stages": {{{old}, {new}}}}}'
    )
    settings = '{"stages": {"dev": {"environment_variables": {"A": "1", "A": "2"}}}}'
    assert config_edit.edited(settings, "dev", {"A": "3"}) == settings.replace("2", "3")


def test_a_stage_without_settings_is_a_line() -> None:
    with pytest.raises(Refusal, match=r"stage dev has no environment_variables\.$"):
        config_edit.edited('{"stages": {"dev": {}}}', "dev", NAMES)


PLAIN = st.none() | st.booleans() | st.text() | st.integers()
JSON = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(st.text(), PLAIN, max_size=3)


@given(
    before=st.dictionaries(st.text(), JSON, max_size=3),
    environment=st.dictionaries(st.text(), st.text(), max_size=3),
    indent=st.sampled_from([None, 1, 2, "\t"]),
)
def test_whatever_the_form_only_the_settings_are_others(
    before: dict[str, Any], environment: dict[str, str], indent: int | str | None
) -> None:
    stage = before | {"environment_variables": environment}
    config: dict[str, Any] = {"a": before, "stages": {"x": stage, "dev": stage, "y": stage}}
    after = json.loads(config_edit.edited(json.dumps(config, indent=indent), "dev", NAMES))
    config["stages"] |= {"dev": stage | {"environment_variables": environment | NAMES}}
    assert after == config
