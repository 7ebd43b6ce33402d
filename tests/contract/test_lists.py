"""Lists: pages, limits, order."""

import time

import pytest

from chalicekit.fields import now
from tests.contract.client import Api, assert_problem
from tests.resources import Json

ORDERS: list[Json] = [{}, {"sort": "created_at"}, {"sort": "-created_at"}]
SORTS = ["created_at", "-created_at"]


def keys(api: Api, items: list[Json]) -> list[str]:
    return [item[api.resource.key] for item in items]


def fill(api: Api, count: int) -> None:
    """Put items straight into the table, as other code would."""
    resource = api.resource
    for number in range(count):
        key, created_at = {"S": f"fill-{number:04}"}, {"S": now()}
        members = {resource.key: key, resource.text: {"S": "Filler"}, "created_at": created_at}
        api.target.put(resource.table, **members)


@pytest.mark.tables
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_an_empty_list(empty: Api, order: Json) -> None:
    response = empty.query(**order)
    assert response.json() == {"items": [], "next_cursor": None}
    assert "Link" not in response.headers


def test_items_are_shown_as_get_shows_them(api: Api) -> None:
    item = api.made()
    key = item[api.resource.key]
    assert api.page((api.resource.key, key)) == {"items": [item], "next_cursor": None}
    assert item in api.page(sort="-created_at", limit=100)["items"]


@pytest.mark.tables
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_every_list_shows_an_item_once(api: Api, order: Json) -> None:
    item = api.made()
    key = item[api.resource.key]
    shown = [i for i in api.walked(limit=100, **order) if i[api.resource.key] == key]
    assert shown == [item]


@pytest.mark.tables
@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("count", [1, 3, 4])
def test_the_last_page_says_so(empty: Api, order: Json, count: int) -> None:
    made = {empty.made()[empty.resource.key] for _ in range(count)}
    for limit in (1, 2, 4):
        pages = [keys(empty, page["items"]) for page in empty.walk(limit=limit, **order)]
        assert len(pages) == -(-count // limit)
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        assert sorted(key for page in pages for key in page) == sorted(made)


@pytest.mark.tables
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_20_is_the_default_limit(empty: Api, order: Json) -> None:
    for _ in range(20):
        empty.made()
    page = empty.page(**order)
    assert (len(page["items"]), page["next_cursor"]) == (20, None)
    empty.made()
    page = empty.page(**order)
    assert len(page["items"]) == 20
    rest = empty.page(**order, cursor=page["next_cursor"])
    assert (len(rest["items"]), rest["next_cursor"]) == (1, None)


@pytest.mark.tables
def test_a_limit_over_100_reads_as_100(empty: Api) -> None:
    fill(empty, 100)
    assert empty.page(limit=100)["next_cursor"] is None
    fill(empty, 101)
    for limit in ("100", "101", "1000", "9" * 40, "00100", "0" * 30 + "200"):
        page = empty.page(limit=limit)
        assert len(page["items"]) == 100
        assert len(empty.page(cursor=page["next_cursor"])["items"]) == 1


@pytest.mark.parametrize(
    "limit",
    [
        "0",
        "00",
        "-1",
        "+1",
        "1.0",
        "1e1",
        "",
        " ",
        "5 ",
        "all",
        "１",
        "٣",
        "²",
        "0x10",
        "1,2",
        "null",
    ],
)
def test_a_limit_that_is_none(api: Api, limit: str) -> None:
    for order in ORDERS:
        assert_problem(api.query(limit=limit, **order), 400, "invalid_query", {"limit": "invalid"})


def test_a_limit_in_ascii_digits(api: Api) -> None:
    api.made()
    api.made()
    for limit in ("1", "01", "0001"):
        page = api.page(limit=limit)
        assert len(page["items"]) == 1
        assert page["next_cursor"]


@pytest.mark.tables
def test_sorted_lists_go_both_ways(empty: Api) -> None:
    made = []
    for _ in range(5):
        made.append(empty.made()[empty.resource.key])
        time.sleep(0.002)  # Times have milliseconds.
    for limit in (2, 5, 100):
        assert keys(empty, empty.walked(sort="created_at", limit=limit)) == made
        assert keys(empty, empty.walked(sort="-created_at", limit=limit)) == made[::-1]


@pytest.mark.tables
@pytest.mark.parametrize("sort", SORTS)
def test_items_of_the_same_instant_are_not_lost(empty: Api, sort: str) -> None:
    resource = empty.resource
    for number in range(7):
        empty.target.put(
            resource.table,
            **{
                resource.key: {"S": f"same-{number}"},
                resource.text: {"S": "Same"},
                "created_at": {"S": "2020-02-02T02:02:02.020Z"},
                "_table": {"S": resource.table},
            },
        )
    walked = keys(empty, empty.walked(sort=sort, limit=2))
    assert sorted(walked) == [f"same-{number}" for number in range(7)]


def test_link_is_the_next_page(api: Api) -> None:
    for _ in range(3):
        api.made()
    for order in ORDERS:
        response = api.query(limit="2", **order)
        page = response.json()
        link = response.headers["Link"]
        target, _, rest = link.partition(">")
        assert (target[0], rest) == ("<", '; rel="next"')
        path = target[1:]
        assert path.startswith("/")
        origin = "/".join(response.url.split("/", 3)[:3])
        followed = api.target.session.get(origin + path)
        assert followed.json() == api.page(limit="2", **order, cursor=page["next_cursor"])
        assert page["next_cursor"] in path
        for name, value in {"limit": "2", **order}.items():
            assert f"{name}={value}" in path


@pytest.mark.tables
def test_link_is_absent_from_the_last_page(empty: Api) -> None:
    empty.made()
    empty.made()
    assert "Link" in empty.query(limit=1).headers
    assert "Link" not in empty.query(limit=2).headers
