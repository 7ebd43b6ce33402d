"""Walks through a list: what stays is met exactly once, and the end is told exactly."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from math import ceil
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.proxied import Proxied
from tests.proxy import Answer, Asked, Proxy, Rule
from tests.resources import Json

ORDERS: list[Json] = [{}, {"sort": "created_at"}, {"sort": "-created_at"}]
SIZE = 60_000  # bytes of a big item: 17 of them are just under 1 MB
MEGABYTE = 2**20


def user(instant: int = 0, **more: Any) -> Json:
    """A user as the app keeps one, but for the claim on an e-mail."""
    text = {
        "id": uuid4().hex,
        "name": "Ada",
        "created_at": f"2026-01-01T00:00:{instant:02}.000Z",
        "etag": uuid4().hex[:16],
        "_table": "users",
    }
    return {member: {"S": value} for member, value in text.items()} | more


def keys(items: list[Json]) -> list[str]:
    return [item["id"] for item in items]


def pages(app: Proxied, limits: Iterator[int], order: Json) -> Iterator[Json]:
    """The pages of a walk, each with the next limit."""
    cursor: Json = {}
    for limit in limits:
        page = app.users.page(limit=str(limit), **cursor, **order)
        assert len(page["items"]) <= limit
        yield page
        if page["next_cursor"] is None:
            return
        assert page["items"], "an empty page that is not the last"
        cursor = {"cursor": page["next_cursor"]}


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    instants=st.lists(st.integers(0, 3), max_size=30),
    limits=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    order=st.sampled_from(ORDERS),
    steps=st.lists(st.sampled_from(["", "add", "remove", "remove last", "change"]), max_size=12),
    chance=st.randoms(use_true_random=False),
)
def test_what_stays_is_met_once(
    app: Proxied, instants: list[int], limits: list[int], order: Json, steps: list[str], chance: Any
) -> None:
    """Whatever comes and goes meanwhile, even the item that the cursor stands at."""
    app.clear()
    items = [user(instant) for instant in instants]
    app.fill("users", items)
    staying = {item["id"]["S"] for item in items}
    coming: set[str] = set()
    met: list[Json] = []
    todo = iter(steps)
    for page in pages(app, cycle(limits), order):
        met += page["items"]
        match next(todo, ""):
            case "add":
                new = user(chance.randint(0, 4))
                app.fill("users", [new])
                coming.add(new["id"]["S"])
            case "remove" if staying:
                gone = chance.choice(sorted(staying))
                app.remove("users", gone)
                staying.discard(gone)
            case "remove last" if page["items"]:
                gone = page["items"][-1]["id"]
                app.remove("users", gone)
                staying.discard(gone)
            case "change" if staying:
                changed = chance.choice(sorted(staying))
                assert app.users.patch(changed, {"name": "Grace"}).status_code == 200
    times = Counter(keys(met))
    assert all(times[key] == 1 for key in staying)
    assert set(times.values()) <= {1}
    assert times.keys() <= {item["id"]["S"] for item in items} | coming
    if order:
        instants_met = [item["created_at"] for item in met]
        assert instants_met == sorted(instants_met, reverse=order["sort"].startswith("-"))


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_the_end_is_told_exactly(app: Proxied, order: Json) -> None:
    """Also where the count is a multiple of the limit: no page follows that would be empty."""
    app.clear()
    items: list[Json] = []
    for count in (0, 1, 2, 3, 4, 6, 12):
        app.fill("users", new := [user(1) for _ in range(count - len(items))])
        items += new
        for limit in (1, 2, 3, 4, 6, 12, 100):
            walk = list(pages(app, cycle([limit]), order))
            assert len(walk) == max(1, ceil(count / limit))
            assert all(len(page["items"]) == limit for page in walk[:-1])
            assert sorted(key for page in walk for key in keys(page["items"])) == sorted(
                item["id"]["S"] for item in items
            )


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_where_dynamodb_cuts_at_1_mb(app: Proxied, order: Json) -> None:
    """A page may be short, but never empty; and the last one says that it is."""
    app.clear()
    items: list[Json] = []
    short = 0
    for count in (16, 17, 18, 19, 36):
        blob = {"S": "x" * SIZE}
        app.fill(
            "users", new := [user(len(items) % 3, blob=blob) for _ in range(count - len(items))]
        )
        items += new
        for limit in (8, 16, 17, 18, 100):
            app.proxy.reset()
            walk = list(pages(app, cycle([limit]), order))
            assert app.proxy.total == len(walk)
            assert all(page["items"] for page in walk)
            met = [key for page in walk for key in keys(page["items"])]
            assert sorted(met) == sorted(item["id"]["S"] for item in items)
            short += any(len(page["items"]) < limit for page in walk[:-1])
    assert short > 5, "DynamoDB has cut no page: this engine has no such limit"


def early(asked: Asked, _: Proxy) -> Answer:
    """Cut after three items, as DynamoDB cuts at 1 MB: even where nothing follows.

    The engines look whether anything does; DynamoDB does not.
    """
    answer = asked.forward(None)
    body = json.loads(answer.body)
    if len(body["Items"]) >= 3:
        body["Items"] = body["Items"][:3]
        names = ("id", "_table", "created_at") if "IndexName" in asked.body else ("id",)
        body["LastEvaluatedKey"] = {member: body["Items"][-1][member] for member in names}
    return Answer(answer.status, json.dumps(body).encode())


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_where_dynamodb_cuts_behind_the_last(app: Proxied, order: Json) -> None:
    app.clear()
    app.proxy.reset(Rule(early, nth=None))
    items: list[Json] = []
    for count in range(9):
        app.fill("users", new := [user(1) for _ in range(count - len(items))])
        items += new
        for limit in (1, 2, 3, 4, 100):
            walk = list(pages(app, cycle([limit]), order))
            assert all(page["items"] for page in walk) or not count
            met = [key for page in walk for key in keys(page["items"])]
            assert sorted(met) == sorted(item["id"]["S"] for item in items)
    app.proxy.reset()


def empty(asked: Asked, _: Proxy) -> Answer:
    """No item yet, and more to come: DynamoDB may say so, and only a missing key ends a list."""
    request = {name: value for name, value in asked.body.items() if name != "Limit"}
    answer = asked.forward(request | {"Limit": 1})
    body = json.loads(answer.body)
    key = body["LastEvaluatedKey"]
    del body["Items"][0]
    return Answer(answer.status, json.dumps(body | {"LastEvaluatedKey": key}).encode())


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_an_empty_page_is_not_the_end(app: Proxied, order: Json) -> None:
    app.clear()
    app.fill("users", items := [user(n) for n in range(5)])
    app.proxy.reset(Rule(empty, nth=1), Rule(empty, nth=2))
    walk = list(pages(app, cycle([100]), order))
    # The proxy swallowed two: what follows them is there, and the walk ended by itself.
    assert [len(page["items"]) for page in walk] == [len(items) - 2]
    assert walk[0]["next_cursor"] is None


def test_both_ways_are_each_others_reverse(app: Proxied) -> None:
    """Also among items of the same instant."""
    app.clear()
    app.fill("users", [user(place % 2) for place in range(23)])
    up, down = (
        [key for page in pages(app, cycle([3, 5]), order) for key in keys(page["items"])]
        for order in ORDERS[1:]
    )
    assert up == down[::-1]
    assert len(set(up)) == 23
