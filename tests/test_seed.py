"""`make seed`, but for the targets themselves: tests/running has it on the real ones."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from chalicekit.claims import Claims
from chalicekit.fields import Model, Name
from chalicelib import users
from chalicelib.users import UserFields
from tests.guarded import Guarded, guarded
from tools.seed import seed, targets
from tools.seed.targets import Busy, SeedError, User


class Store:
    """A target that is busy at every third request."""

    most = 4

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.tries = 0

    def there(self, ids: Sequence[str]) -> set[str]:
        return self.users.keys() & set(ids)

    def add(self, users: Sequence[User]) -> None:
        self.tries += 1
        if self.tries % 3 == 0:
            raise Busy
        assert 1 <= len(users) <= self.most
        new = {user["id"]: user for user in users}
        assert len(new) == len(users)
        assert not self.users.keys() & new
        self.users |= new


class Full(Store):
    def add(self, users: Sequence[User]) -> None:
        self.tries += 1
        raise Busy("full")


class Closed(Full):
    """It is busy for all but the first user."""

    def add(self, users: Sequence[User]) -> None:
        if users[0] != seed.user(0):
            super().add(users)
        self.tries += 1
        raise SeedError("closed")


def test_users_are_valid_distinct_and_always_the_same() -> None:
    users = [seed.user(number) for number in range(2000)]
    for user in users:
        assert UserFields(**user).model_dump(include={*user}) == user
    assert len({user["email"] for user in users}) == len({user["id"] for user in users}) == 2000
    assert (
        users[2].items()
        >= {
            "id": "d9ddc1d8-ae26-5f2d-ba79-66b3e1ab3b89",
            "name": "Bernabé Bravo Muro",
            "email": "bernabe.bravo.muro.2@example.com",
        }.items()
    )
    assert users[9]["name"] == "斎藤 直子"


def test_names_come_in_many_scripts() -> None:
    letters = [next(filter(str.isalpha, seed.user(n)["name"])) for n in range(len(seed.SCRIPTS))]
    scripts = {unicodedata.name(letter).split()[0] for letter in letters}
    assert {"LATIN", "ARABIC", "CYRILLIC", "DEVANAGARI", "GREEK", "HANGUL", "HEBREW"} <= scripts
    assert len(scripts) >= 12


def test_a_busy_target_is_tried_again_and_a_second_run_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seed, "PAUSE", 0)
    store = Store()
    assert seed.seed(store, 150) == 0
    assert len(store.users) == 150
    assert seed.seed(store, 250) == 150
    assert [seed.user(n)["id"] in store.users for n in (0, 249, 250)] == [True, True, False]


def test_a_target_that_stays_busy_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "PAUSE", 0)
    one, many = Full(), Full()
    for target, count in ((one, 1), (many, 100)):
        with pytest.raises(SeedError, match="still busy after 8 tries: full"):
            seed.seed(target, count)
    assert one.tries == seed.TRIES
    assert many.tries <= seed.TRIES * targets.AT_ONCE  # of 25 parts: those that were on their way


def test_after_a_failure_nothing_is_tried_again_or_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "PAUSE", 2)
    closed = Closed()
    with pytest.raises(SeedError, match="closed"):
        seed.seed(closed, 100)
    assert closed.tries == targets.AT_ONCE


class Booted(UserFields):
    boots: Name


class Nameless(Model):
    id: str
    email: str


class Numbered(UserFields):
    name: int  # type: ignore[assignment]  # wrong on purpose


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (Booted, "tools/seed/seed.py makes no boots, which chalicelib/users.py requires."),
        (Nameless, "tools/seed/seed.py makes name, which chalicelib/users.py does not know."),
        (Numbered, "tools/seed/seed.py makes name as chalicelib/users.py refuses it: Input should"),
    ],
)
def test_another_user_than_it_makes_is_one_line(
    model: type[Model], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "UserFields", model)
    with pytest.raises(SeedError, match=f"^{line}"):
        targets.fields(seed.user(0))


@pytest.mark.parametrize("count", ["-1", "many", "1e3"])
def test_a_count_that_is_none_is_one_line(count: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["seed", f"--count={count}"])
    with pytest.raises(SystemExit, match=f"^N={count}: give a whole number from 0"):
        seed.main()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded(tmp_path_factory.mktemp("guarded")) as running:
        yield running


def seeded(api: Guarded, monkeypatch: pytest.MonkeyPatch, token: str, count: int = 300) -> None:
    monkeypatch.setenv("TOKEN", token)
    monkeypatch.setattr("sys.argv", ["seed", f"--count={count}", "--url", api.url])
    seed.main()


@pytest.mark.users
def test_a_token_opens_an_api_that_asks_for_one(
    api: Guarded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seeded(api, monkeypatch, api.issuer.token(), count=3)
    assert "3 users, 0 of them were there already." in capsys.readouterr().out
    assert len(api.target.items("users")) == 3


@pytest.mark.users
@pytest.mark.parametrize(
    ("claims", "line"),
    [
        (
            None,
            "/users asks for a token: give TOKEN= one whose scopes let it read and write users.",
        ),
        ({"exp": 1}, "/users refuses TOKEN (401 token_expired): take one whose scopes let it "),
        ({"scope": ""}, "/users refuses TOKEN (403 forbidden): take one whose scopes let it read "),
    ],
)
def test_without_a_good_token_it_is_one_line(
    api: Guarded, monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any] | None, line: str
) -> None:
    token = "" if claims is None else api.issuer.token(**claims)
    with pytest.raises(SystemExit) as raised:
        seeded(api, monkeypatch, token)
    assert line in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.users
def test_users_that_belong_to_callers_are_not_seeded_for_nobody(
    api: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users.users.owners, "owned", True)
    with pytest.raises(SeedError, match=r"seed through the API, with URL= and TOKEN=\.$"):
        targets.Tables()


def emptied(api: Guarded) -> targets.Tables:
    """The tables themselves, without what other tests put there."""
    api.target.clear("users", "id")
    api.target.clear("claims", "pk")
    return targets.Tables()


@pytest.mark.users
def test_those_that_are_there_do_not_stand_in_the_way_of_others(api: Guarded) -> None:
    tables = emptied(api)
    assert tables.most == 50  # an item and a claim each, in a transaction of 100
    tables.add([seed.user(1)])
    before = api.target.items("users")
    tables.add([seed.user(number) for number in range(3)])
    found = {item["id"]["S"]: item for item in api.target.items("users")}
    assert found.keys() == {seed.key(number) for number in range(3)} == tables.there([*found])
    assert [found[seed.key(1)]] == before
    assert len(api.target.items("claims")) == 3


@pytest.mark.users
def test_a_value_that_another_one_has_is_one_line(api: Guarded) -> None:
    tables, one = emptied(api), seed.user(7)
    tables.add([one | {"id": "another"}])
    with pytest.raises(SeedError, match=r"'id': '[-0-9a-f]{36}'.*: email_taken$"):
        tables.add([seed.user(6), one])
    assert tables.there([seed.key(6), one["id"]]) == {seed.key(6)}


@pytest.mark.users
def test_two_of_a_transaction_with_one_value_are_one_line(
    api: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users.users, "unique", ("email", "name"))
    monkeypatch.setattr(users.users, "claims", Claims("users", users.users.unique))
    tables = emptied(api)
    one, two, three = (seed.user(number) for number in range(3))
    with pytest.raises(SeedError, match=f"'id': '{two['id']}'.*: name_taken$"):
        tables.add([one, two | {"name": one["name"]}, three])
    assert tables.there([one["id"], two["id"], three["id"]]) == {one["id"]}
