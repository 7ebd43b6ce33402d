"""Ten thousand users: scrolled to the end, in little room."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import engines
from tests.browser import needed
from tests.console.window import Window
from tests.resources import described
from tests.targets import server

pytestmark = pytest.mark.slow
COUNT = 10_000


class Many(NamedTuple):
    """A resource that has so many, and each of them as DynamoDB holds it."""

    resource: str
    row: Callable[[int], dict[str, Any]]


def user(number: int) -> dict[str, Any]:
    email = f"user{number}@example.org"
    return {"id": {"S": f"{number:05}"}, "name": {"S": f"User {number}"}, "email": {"S": email}}


def ware(number: int) -> dict[str, Any]:
    price = {"N": str(number)}
    return {"sku": {"S": f"{number:05}"}, "title": {"S": f"Lamp {number}"}, "price": price}


@pytest.fixture
def many() -> Many:
    """Users; in a copy of the project that has none, the tests' own wares."""
    return Many("users", user) if "users" in described() else Many("wares", ware)


@pytest.fixture
def window(tmp_path: Path, many: Many) -> Iterator[Window]:
    needed()
    with (
        engines.dynoxide(tmp_path) as engine,
        server(engine.url, tmp_path) as url,
        Window(tmp_path / "profile", url) as window,
    ):
        fill(engine.client(), many)
        window.look()
        yield window


def fill(client: Any, many: Many) -> None:
    """Write them past the API, as items that hold less than it would keep."""
    table = f"{engines.APP}-{engines.STAGE}-{many.resource}"
    for start in range(0, COUNT, 25):
        rows = [many.row(number) for number in range(start, start + 25)]
        client.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": row}} for row in rows]}
        )


def heap(window: Window) -> float:
    window.send("HeapProfiler.collectGarbage")
    used: float = window.send("Runtime.getHeapUsage")["usedSize"]
    return used


def test_ten_thousand_are_scrolled_in_little_room(window: Window, many: Many) -> None:
    window.visit(f"/{many.resource}")
    before = heap(window)
    nodes = 0
    while "That is all" not in window.text(".foot"):
        window.evaluate("document.querySelector('.scroller').scrollTop = 1e9")
        window.idle()
        nodes = max(nodes, window.evaluate("document.querySelectorAll('*').length"))
    assert window.text(".foot") == "That is all: 10,000."
    rows = "document.querySelector('main table').getAttribute('aria-rowcount')"
    assert window.evaluate(rows) == str(COUNT + 1)
    assert nodes < 1500
    assert heap(window) - before < 10e6

    seen: set[str] = set()
    titles = "[...document.querySelectorAll('main tbody a')].map((link) => link.textContent)"
    for part in range(21):
        window.evaluate(
            "((one) => { one.scrollTop = one.scrollHeight * %f; })"
            "(document.querySelector('.scroller'))" % (part / 20)
        )
        window.evaluate("new Promise(requestAnimationFrame)")
        window.evaluate("new Promise(requestAnimationFrame)")
        shown = window.evaluate(titles)
        assert 15 < len(shown) == len({*shown}) < 60
        seen |= {*shown}
    assert len(seen) > 600

    window.click("main tbody a[tabindex='0'], main tbody a")
    window.until("document.querySelector('#panel form')")
