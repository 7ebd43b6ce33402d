"""What charts need of a stage is asked before anything is deployed."""

from dataclasses import replace

import pytest

from tools import stages
from tools.deploy import checks
from tools.refusals import Refusal

DEV = stages.read("dev")
STAGE = replace(DEV, environment={"APP_NAME": DEV.app, "STAGE": "dev", "AUTH": "none"})


@pytest.mark.parametrize("value", ["", "redirect", "bytes"])
def test_takes_the_ways_to_send_an_image(value: str) -> None:
    checks.settings(replace(STAGE, environment=STAGE.environment | {"CHARTS_SEND": value}))


@pytest.mark.parametrize("value", ["pigeons", "Bytes", "redirect,bytes"])
def test_takes_no_others(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTS_SEND", "bytes")  # the stage's own counts, not that here
    with pytest.raises(Refusal) as raised:
        checks.settings(replace(STAGE, environment=STAGE.environment | {"CHARTS_SEND": value}))
    line = ".chalice/config.json, stage dev: CHARTS_SEND must be redirect or bytes."
    assert str(raised.value) == line


def test_the_bucket_of_charts_has_a_name_that_s3_takes() -> None:
    checks.buckets(STAGE)
    with pytest.raises(Refusal, match=r"^A bucket would be called Users_API-dev-charts-<account>,"):
        checks.buckets(replace(STAGE, app="Users_API"))
