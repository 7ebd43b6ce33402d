"""Somebody else writes between the reads of a backfill and its write: the write is not done."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chalicekit.call import Call
from chalicekit.validation import Patch
from chalicelib.users import UserFields, users
from tests import engines
from tests.operations.tables import Held, assert_sound, mended
from tests.proxy import Answer, Asked, Proxy, Rule
from tests.targets import in_process
from tools.backfill import scan

pytestmark = [pytest.mark.users, pytest.mark.slow]
EMAIL = "ada@example.org"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder: Path = tmp_path_factory.mktemp("races")
    with (
        engines.ministack(folder) as engine,
        Proxy(engine.url) as between,
        in_process(AWS_ENDPOINT_URL_DYNAMODB=between.url),
    ):
        yield between


@pytest.fixture
def held(proxy: Proxy) -> Held:
    proxy.reset()
    engine = engines.Engine([], {}, 0, Path())
    engine.url = proxy.engine_url
    found = Held(engine.client())
    found.clear()
    return found


def before_the_write(proxy: Proxy, act: Callable[[], object]) -> None:
    """Do this when the backfill's first transaction is on its way."""

    def fault(asked: Asked, _: Proxy) -> Answer:
        act()
        return asked.forward(None)

    proxy.reset(Rule(fault, "TransactWriteItems"))


def create(key: str, email: str = EMAIL) -> None:
    users.add(UserFields(id=key, name="Eve", email=email), Call())


def move(key: str, email: str) -> None:
    users.patch(key, Patch(UserFields, {"email": email}), Call())


def test_the_item_changes(proxy: Proxy, held: Held) -> None:
    held.put("users", id="1", name="Ada", email=EMAIL)
    before_the_write(proxy, lambda: move("1", "new@example.org"))
    tally = mended(users)
    assert held.claims() == {"users#email#new@example.org": "1"}
    assert_sound(held)
    assert tally.done["claims taken"] == 0


def test_another_program_changes_an_item_without_revision(proxy: Proxy, held: Held) -> None:
    held.put("users", id="1", name="Ada", email=EMAIL)
    before_the_write(proxy, lambda: held.put("users", id="1", name="Ada", email="new@example.org"))
    mended(users)
    assert held.claims() == {"users#email#new@example.org": "1"}
    assert_sound(held)


def test_the_item_goes(proxy: Proxy, held: Held) -> None:
    held.put("users", id="1", name="Ada", email=EMAIL)
    before_the_write(proxy, lambda: users.delete("1", Call()))
    mended(users)
    assert not held.claims()
    assert not held.items("users"), "it is not made again"


def test_somebody_takes_the_value(proxy: Proxy, held: Held) -> None:
    held.put("users", id="1", name="Ada", email=EMAIL)
    before_the_write(proxy, lambda: create("2"))
    tally = mended(users)
    assert held.claims() == {f"users#email#{EMAIL}": "2"}
    assert tally.found["duplicates"] == ["users email: 2 and 1"]
    assert "etag" not in held.items("users")["1"]


def test_the_owner_of_an_orphaned_claim_comes_back(proxy: Proxy, held: Held) -> None:
    held.claim("users", "email", EMAIL, "2")
    before_the_write(proxy, lambda: create("2"))
    tally = mended(users)
    assert held.claims() == {f"users#email#{EMAIL}": "2"}
    assert tally.done["claims freed"] == 0


def test_the_owner_takes_the_value_again(proxy: Proxy, held: Held) -> None:
    create("2", "other@example.org")
    held.claim("users", "email", EMAIL, "2")
    before_the_write(proxy, lambda: move("2", EMAIL))
    mended(users)
    assert_sound(held)
    assert held.claims() == {f"users#email#{EMAIL}": "2"}


def test_the_one_who_is_to_lose_a_claim_takes_the_value(proxy: Proxy, held: Held) -> None:
    create("2", "other@example.org")
    held.claim("users", "email", EMAIL, "2")
    held.put("users", id="1", name="Ada", email=EMAIL)
    before_the_write(proxy, lambda: move("2", EMAIL))
    tally = mended(users)
    assert held.claims() == {f"users#email#{EMAIL}": "2"}
    assert tally.found["duplicates"] == ["users email: 2 and 1"]


def test_an_orphaned_claim_gets_a_new_owner(proxy: Proxy, held: Held) -> None:
    held.claim("users", "email", EMAIL, "gone")

    def another() -> None:
        create("gone")
        users.delete("gone", Call())
        create("3")

    before_the_write(proxy, another)
    mended(users)
    assert held.claims() == {f"users#email#{EMAIL}": "3"}


def test_the_claim_goes_to_a_third_one(proxy: Proxy, held: Held) -> None:
    held.claim("users", "email", EMAIL, "gone")
    held.put("users", id="1", name="Ada", email=EMAIL)

    def third() -> None:
        create("gone")
        users.delete("gone", Call())
        create("3")

    before_the_write(proxy, third)
    tally = mended(users)
    assert held.claims() == {f"users#email#{EMAIL}": "3"}
    assert tally.found["duplicates"] == ["users email: 3 and 1"]


def test_an_item_that_changes_all_the_time_is_told(proxy: Proxy, held: Held) -> None:
    numbers = itertools.count()
    held.put("users", id="1", name="Ada", email=EMAIL)

    def fault(asked: Asked, _: Proxy) -> Answer:
        held.put("users", id="1", name=f"Ada {next(numbers)}", email=EMAIL)
        return asked.forward(None)

    proxy.reset(Rule(fault, "TransactWriteItems", nth=None))
    tally = mended(users)
    assert tally.found == {"changing": ["users 1"]}
    assert next(numbers) == scan.TRIES
    proxy.reset()
    mended(users)
    assert_sound(held)


@pytest.mark.parametrize("fault", ["validation", "validation_reason"])
def test_an_item_that_dynamodb_refuses_is_told_and_the_others_are_mended(
    fault: str, proxy: Proxy, held: Held
) -> None:
    for key in ("1", "2"):
        held.put("users", id=key, name="Ada", email=f"{key}@example.org")
    proxy.reset(Rule(fault, "TransactWriteItems"))
    tally = mended(users)
    (line,) = tally.found["unreadable"]
    assert line in ("users 1: DynamoDB refuses it", "users 2: DynamoDB refuses it")
    assert len(held.claims()) == 1
