"""Where instructions go: what marks and watching take is no part of it."""

from benchmarks.parts import Mark, of_cold, of_warm, table

COLD = [
    Mark("cold", "Python started", 1_007, 0),
    Mark("cold", "a mark", 7, 0),
    Mark("cold", "a mark", 7, 0),
    Mark("cold", "botocore", 507, 0),
    Mark("cold", "the API", 107, 0),
    Mark("cold", "botocore", 207, 0),
]
WARM = [
    Mark("warming", "warming", 999_999, 0),
    Mark("plain", "plain", 3_007, 0),  # ten requests of 300
    Mark("warm", "the kit", 157, 5),  # ten a call
    Mark("warm", "botocore", 257, 5),
]


def test_a_part_has_all_that_it_did() -> None:
    assert of_cold(COLD + WARM) == {"Python started": 1_000, "botocore": 700, "the API": 100}


def test_what_watching_takes_is_taken_off_again() -> None:
    assert of_warm(COLD + WARM) == {"the kit": 100, "botocore": 200}


def test_the_last_column_decides_the_order() -> None:
    columns = {"then": {"a": 4e6, "gone": 2e6}, "now": {"a": 1e6, "b": 1.5e6}}
    assert table("a GET", columns, 1).splitlines() == [
        "| a GET, M instructions | then | now |",
        "| - | -: | -: |",
        "| b | 0.0 | 1.5 |",
        "| a | 4.0 | 1.0 |",
        "| gone | 2.0 | 0.0 |",
        "| **all** | 6.0 | 2.5 |",
    ]
