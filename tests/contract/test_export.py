"""Lists as lines of JSON: `Accept: application/x-ndjson`, whole or in segments."""

from itertools import islice

import pytest

from chalicekit import export
from tests.contract.client import Api, assert_problem
from tests.contract.lines import TYPE, answers, asked, exported, further, read
from tests.contract.test_lists import ORDERS, fill, keys
from tests.resources import Json

LINES = [
    TYPE,
    "Application/X-NDJSON",
    f"{TYPE};charset=utf-8",
    f"{TYPE}, */*",
    f"{TYPE}, application/*;q=1.0",
    f"{TYPE};q=0.5, application/json;q=0.4",
    f"application/json;q=0, {TYPE};q=0.001",
    f"text/html, {TYPE}",
]
PAGES: list[str | None] = [
    None,
    "",
    "*/*",
    "application/json",
    "text/csv",
    f"{TYPE};q=0",
    f"{TYPE}, application/json",
    f"{TYPE};q=0.5, application/json;q=0.6",
    f"{TYPE};q=0.9, */*",
    f"{TYPE};q=0.9, application/*",
    f"{TYPE}+more",
    "application/ndjson",
]
BOTH = "Only with Accept: application/x-ndjson."


@pytest.mark.parametrize("accept", LINES)
def test_what_gets_lines(api: Api, accept: str) -> None:
    read(asked(api, accept=accept, limit="1"))


@pytest.mark.parametrize("accept", PAGES)
def test_what_gets_a_page(api: Api, accept: str | None) -> None:
    response = api.send("GET", api.resource.path, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert {*response.json()} == {"items", "next_cursor"}
    assert "accept" in response.headers["Vary"].lower()


@pytest.mark.tables
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_line_is_what_get_shows(empty: Api, order: Json) -> None:
    assert read(asked(empty, **order)) == []
    made = [empty.made() for _ in range(3)]
    response = asked(empty, **order)
    assert further(response) is None
    assert "accept" in response.headers["Vary"].lower()
    assert sorted(read(response), key=str) == sorted(made, key=str)
    assert read(response) == empty.walked(**order)


@pytest.mark.tables
@pytest.mark.scans
def test_an_answer_has_more_than_a_page(empty: Api) -> None:
    fill(empty, 130)
    (items,) = answers(empty)
    assert sorted(keys(empty, items)) == [f"fill-{number:04}" for number in range(130)]
    assert items == empty.walked(limit="100")


@pytest.mark.tables
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_limit_is_how_many_lines_at_most(empty: Api, order: Json) -> None:
    for _ in range(5):
        empty.made()
    lines = [len(items) for items in answers(empty, limit="2", **order)]
    assert lines == [2, 2, 1]
    assert exported(empty, limit="2", **order) == empty.walked(**order)


def test_items_by_their_key_or_a_unique_value(api: Api) -> None:
    item = api.made()
    name = api.resource.key
    assert read(asked(api, **{name: item[name]})) == [item]
    assert read(asked(api, **{name: "missing"})) == []
    if unique := api.resource.unique:
        assert read(asked(api, **{unique: item[unique]})) == [item]


@pytest.mark.in_process
def test_items_by_their_keys_that_do_not_fit(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    name = api.resource.key
    given: Json = {name: [api.made()[name] for _ in range(2)]}
    monkeypatch.setattr(export, "MOST_BYTES", len(asked(api, **given).content) - 1)
    body = assert_problem(asked(api, **given), 500, "answer_too_large")
    assert body["detail"].endswith("ask for fewer ids.")


def test_head_says_what_get_does(api: Api) -> None:
    for _ in range(3):
        api.made()
    got, told = (asked(api, method, limit="2") for method in ("GET", "HEAD"))
    assert (told.status_code, told.content) == (200, b"")
    for name in ("Content-Type", "Cache-Control", "Link", "Vary"):
        assert told.headers[name] == got.headers[name]


@pytest.mark.tables
@pytest.mark.scans
def test_a_limit_is_100_at_most(empty: Api) -> None:
    fill(empty, 101)
    assert [len(items) for items in answers(empty, limit="1000")] == [100, 1]


@pytest.mark.tables
@pytest.mark.scans
@pytest.mark.parametrize("segments", [1, 2, 5])
def test_each_item_is_in_one_segment(empty: Api, segments: int) -> None:
    fill(empty, 40)
    met: list[str] = []
    for n in range(segments):
        met += keys(empty, exported(empty, segment=n, segments=segments, limit="7"))
    assert sorted(met) == [f"fill-{number:04}" for number in range(40)]


@pytest.mark.tables
@pytest.mark.scans
def test_a_thousand_segments(empty: Api) -> None:
    """Most are empty: some 25 are asked for before one shows an item, which no other does."""
    fill(empty, 40)
    parts = (keys(empty, exported(empty, segment=n, segments=1000)) for n in range(1000))
    met = next(part for part in parts if part)
    assert {*met} < {f"fill-{number:04}" for number in range(40)}
    assert all({*met}.isdisjoint(part) for part in islice(parts, 5))


@pytest.mark.scans
@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"segment": "0"}, {"segments": "invalid"}),
        ({"segments": "2"}, {"segment": "invalid"}),
        ({"segment": "2", "segments": "2"}, {"segment": "invalid"}),
        ({"segment": "0", "segments": "0"}, {"segments": "invalid"}),
        ({"segment": "0", "segments": "1001"}, {"segments": "invalid"}),
        ({"segment": "9" * 40, "segments": "9" * 40}, dict.fromkeys(["segment", "segments"])),
        ({"segment": "-1", "segments": "2"}, {"segment": "invalid"}),
        ({"segment": "", "segments": " 2"}, dict.fromkeys(["segment", "segments"])),
        ({"segment": "1.0", "segments": "２"}, dict.fromkeys(["segment", "segments"])),
        ({"segment": "0", "segments": ["2", "2"]}, {"segments": "invalid"}),
    ],
    ids=str,
)
def test_segments_that_are_none(api: Api, given: Json, wrong: Json) -> None:
    told = {name: code or "invalid" for name, code in wrong.items()}
    assert_problem(asked(api, **given), 400, "invalid_query", told)


def test_segments_are_of_exports(api: Api) -> None:
    for given in ({"segment": "0", "segments": "2"}, {"segment": "0"}, {"segments": "x"}):
        body = assert_problem(
            api.query(**given), 400, "invalid_query", dict.fromkeys(given, "invalid")
        )
        assert {error["detail"] for error in body["errors"]} == {BOTH}


def test_segments_are_of_the_tables_own_order(api: Api) -> None:
    given = {"segment": "0", "segments": "2"}
    narrowed: list[Json] = [{"sort": "created_at"}, {api.resource.key: "7"}]
    if unique := api.resource.unique:
        narrowed.append({unique: "7@example.org" if unique == "email" else "7"})
    for more in narrowed:
        told = dict.fromkeys(given, "invalid")
        assert_problem(asked(api, **given, **more), 400, "invalid_query", told)


def test_a_query_is_as_wrong_as_for_a_page(api: Api) -> None:
    assert_problem(asked(api, nope="1"), 400, "invalid_query", {"nope": "unknown"})
    assert_problem(asked(api, limit="0"), 400, "invalid_query", {"limit": "invalid"})
    assert_problem(asked(api, cursor="x"), 400, "cursor_invalid", {"cursor": "invalid"})


@pytest.mark.scans
def test_a_cursor_belongs_to_its_segment_segments_and_media_type(api: Api) -> None:
    for _ in range(12):
        api.made()
    parts: list[Json] = [
        {"segment": str(n), "segments": str(of)} for of in (1, 2) for n in range(of)
    ]
    ways: list[Json] = [{}, {"sort": "created_at"}, *parts]
    cursors = [(way, (further(asked(api, limit="1", **way)) or {})["cursor"]) for way in ways]
    page = api.page(limit="1")["next_cursor"]
    for way in ways:
        for other, cursor in [*cursors, (None, page)]:
            response = asked(api, **{"limit": "1", **way, "cursor": cursor})
            if way == other:
                assert len(read(response)) == 1
            else:
                assert_problem(response, 400, "cursor_invalid", {"cursor": "invalid"})
    for way, cursor in cursors[:2]:
        response = api.query(**way, cursor=cursor)
        assert_problem(response, 400, "cursor_invalid", {"cursor": "invalid"})
