"""Exports of real scans: what stays is met exactly once, over all segments, and answers fit."""

import base64
import json
import random
import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicekit import export, lists
from chalicekit.cursor import DIGEST_BYTES, _digest
from tests.contract.client import assert_problem
from tests.contract.lines import asked, exported, further, read
from tests.paging.test_walks import SIZE, early, empty, keys, user
from tests.proxied import Proxied, name
from tests.proxy import Rule
from tests.resources import Json

# What Lambda takes of base64, in bytes of what it stands for, with room for headers.
MOST = (6 * 2**20 - 64 * 2**10) // 4 * 3


@pytest.fixture
def finds_its_place(request: pytest.FixtureRequest) -> bool:
    """Whether a segment goes on from an item that is gone, as DynamoDB's do: dynoxide's ends."""
    return bool(request.node.callspec.params["engine"] != "dynoxide")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(0, 40),
    segments=st.integers(1, 4),
    limits=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    steps=st.lists(st.sampled_from(["add", "remove", "remove last", "change"]), max_size=20),
    seed=st.integers(0, 9999),
)
def test_what_stays_is_met_once(
    app: Proxied,
    finds_its_place: bool,
    count: int,
    segments: int,
    limits: list[int],
    steps: list[str],
    seed: int,
) -> None:
    """The segments go on in any order, and whatever comes and goes meanwhile."""
    chance = random.Random(seed)  # not hypothesis' own: which segment an item is in, its key says
    app.clear()
    items = [user(instant % 3) for instant in range(count)]
    app.fill("users", items)
    staying = {item["id"]["S"] for item in items}
    coming: set[str] = set()
    met: list[str] = []
    left = [{"segment": str(n), "segments": str(segments)} for n in range(segments)]
    todo, at = iter(steps), 0
    ends: dict[str, str] = {}  # where each segment stands
    while left:
        query = left.pop(chance.randrange(len(left)))
        response = asked(app.users, **query | {"limit": str(limits[at % len(limits)])})
        at += 1
        shown = keys(read(response))
        met += shown
        if following := further(response):
            left.append(following)
            ends[query["segment"]] = shown[-1]
        kept = set() if finds_its_place else {*ends.values()}
        match next(todo, ""):
            case "add":
                new = user(4)
                app.fill("users", [new])
                coming.add(new["id"]["S"])
            case "remove" if staying - kept:
                gone = chance.choice(sorted(staying - kept))
                app.remove("users", gone)
                staying.discard(gone)
            case "remove last" if {*shown[-1:]} - kept:
                app.remove("users", shown[-1])
                staying.discard(shown[-1])
            case "change" if staying:
                changed = chance.choice(sorted(staying))
                assert app.users.patch(changed, {"name": "Grace"}).status_code == 200
    times = Counter(met)
    assert all(times[key] == 1 for key in staying)
    assert set(times.values()) <= {1}
    assert times.keys() <= {item["id"]["S"] for item in items} | coming


@pytest.fixture(scope="module")
def large(app: Proxied) -> Json:
    """Some 5 MB in the table, and 7 MB as JSON: the names by key."""
    app.clear()
    items = [user(n % 3, name={"S": f"{n} " + 'é"\n' * (SIZE // 4)}) for n in range(80)]
    app.fill("users", items)
    return {item["id"]["S"]: item["name"]["S"] for item in items}


@pytest.mark.parametrize(
    "ways",
    [[{}], [{"sort": "-created_at"}], [{"segment": n, "segments": 3} for n in range(3)]],
    ids=["whole", "sorted", "segments"],
)
def test_an_answer_is_near_what_fits(app: Proxied, large: Json, ways: list[Json]) -> None:
    met: Json = {}
    for query in ways:
        here: Json | None = query
        while here is not None:
            app.proxy.reset()
            response = asked(app.users, **here)
            assert len(response.content) <= MOST
            here = further(response)
            assert here is None or len(response.content) > MOST / 2
            assert app.proxy.total <= 6, "of about 1 MB each"
            for item in read(response):
                assert met.setdefault(item["id"], item["name"]) is item["name"], "met before"
    assert met == large


def test_what_grows_as_json_is_read_in_parts(
    app: Proxied, large: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read of 1 MB may be more than an answer holds."""
    monkeypatch.setattr(export, "MOST_BYTES", 900_000)
    assert Counter(keys(exported(app.users))) == Counter(large.keys())
    monkeypatch.setattr(export, "MOST_BYTES", 20_000)
    assert_problem(asked(app.users), 500, "answer_too_large")


def test_head_reads_once(app: Proxied, large: Json) -> None:
    """It shows no line, so there is no need to gather them."""
    app.proxy.reset()
    told = asked(app.users, "HEAD")
    assert (told.status_code, app.proxy.total) == (200, 1)
    assert further(told)


def test_an_answer_ends_when_its_time_is_up(
    app: Proxied, large: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "SECONDS", 0.0)
    app.proxy.reset()
    response = asked(app.users)
    assert app.proxy.total == 1
    assert 0 < len(read(response)) < len(large)
    assert further(response)


def test_what_was_read_is_given_where_dynamodb_fails(app: Proxied, large: Json) -> None:
    """The failure is for who goes on: no line is lost, and none is cut."""
    app.proxy.reset(*(Rule("throttling", "Scan", nth=nth) for nth in range(2, 20)))
    response = asked(app.users)
    first = keys(read(response))
    query = further(response)
    assert query
    assert_problem(asked(app.users, **query), 503, "throttled")
    app.proxy.reset()
    rest = keys(exported(app.users, **query))
    assert Counter(first + rest) == Counter(large.keys())


def test_each_read_has_its_own_patience(app: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    """The six seconds of a call are for one of them: else ten seconds of reads would be cut."""
    present = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: present)
    app.clear()
    app.fill("users", [user() for _ in range(9)])

    def slow(asked: Any, proxy: Any) -> Any:
        nonlocal present
        present += 4.0
        return early(asked, proxy)

    app.proxy.reset(Rule(slow, "Scan", nth=None))
    response = asked(app.users)
    assert (app.proxy.total, len(read(response))) == (3, 6)  # begun at 0, 4 and 8 seconds
    app.proxy.reset()
    rest = read(asked(app.users, **(further(response) or {})))
    assert len(rest) == 3


def test_a_failure_of_the_first_read_is_a_problem(app: Proxied) -> None:
    app.proxy.reset(Rule("throttling", "Scan", nth=None))
    assert_problem(asked(app.users, segment="0", segments="2"), 503, "throttled")
    app.proxy.reset()


@pytest.mark.parametrize("cut", [early, empty], ids=["cut", "empty"])
def test_where_dynamodb_stops_early(app: Proxied, cut: Any) -> None:
    """It may stop behind the last item, or before the first: an end is a missing key alone."""
    app.clear()
    app.fill("users", [user() for _ in range(11)])
    nth = {early: (None,), empty: (1, 2)}[cut]
    app.proxy.reset(*(Rule(cut, "Scan", nth=n) for n in nth))
    met = keys(exported(app.users))
    swallowed = 0 if cut is early else 2
    assert (len(met), len({*met})) == (11 - swallowed, 11 - swallowed)
    app.proxy.reset()


def test_a_read_asks_for_a_number(app: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or an emulator reads all of a large table for each; the last one of a read comes again."""
    monkeypatch.setattr(lists, "EXPORTED", 4)
    app.clear()
    app.fill("users", [user() for _ in range(9)])
    app.proxy.reset()
    response = asked(app.users)
    assert (len({*keys(read(response))}), app.proxy.counts) == (9, {"Scan": 3})
    assert further(response) is None


def test_a_forged_cursor_of_another_segment(app: Proxied) -> None:
    """With a right digest, too, it shows nothing of that segment."""
    app.clear()
    app.fill("users", [user() for _ in range(30)])
    ways = [{"segment": str(n), "segments": "2"} for n in range(2)]
    first, second = ({*keys(exported(app.users, **way))} for way in ways)
    assert len(first) + len(second) == 30
    cursor = (further(asked(app.users, limit="1", **ways[0])) or {})["cursor"]
    payload = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[DIGEST_BYTES:]
    scope = "\0".join([name("users"), "", "", "{}", "anonymous", "lines of (1, 2)"])
    raw = _digest(payload, scope) + payload
    forged = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    response = asked(app.users, cursor=forged, **ways[1])
    if response.status_code == 200:
        assert {*keys(read(response))} <= second
    else:
        assert_problem(response, 400, "cursor_invalid", {"cursor": "invalid"})


def test_lines_are_what_other_lists_show(app: Proxied) -> None:
    """Neither an attribute that this version does not know, nor what the server keeps."""
    app.clear()
    app.fill("users", [user(secret={"S": "x"}, name={"NULL": True}) for _ in range(3)])
    (line, *_) = asked(app.users).content.splitlines()
    assert {*json.loads(line)} == {"id", "name", "email", "created_at", "updated_at", "etag"}
    assert exported(app.users) == app.users.walked(limit=str(random.randint(1, 100)))
