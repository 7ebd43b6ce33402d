"""What make knows of a stage of .chalice/config.json."""

from dataclasses import replace

from tools import stages

DEV = replace(stages.read("dev"), app="shop", environment={})


def test_a_table_has_the_name_of_app_and_stage() -> None:
    assert DEV.table("order-lines") == "shop-dev-order-lines"


def test_a_setting_gives_a_table_another_name() -> None:
    used = replace(DEV, environment={"TABLE_ORDER_LINES": "restored", "TABLE_USERS": ""})
    assert used.table("order-lines") == "restored"
    assert used.table("users") == "shop-dev-users", "an empty setting is none"
