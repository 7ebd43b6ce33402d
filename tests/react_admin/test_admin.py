"""The admin in a browser, built, on another origin than the API."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import targets
from tests.browser import needed
from tests.issuing import Issuing
from tests.react_admin.example import built
from tests.react_admin.window import DESKTOP, PHONE, Window
from tests.resources import Json

Opens = Callable[..., Window]


class Users:
    """The users of an API, past the admin."""

    def __init__(self, url: str, **headers: str) -> None:
        self._url, self._session = f"{url}/users", targets.direct_session()
        self._session.headers.update(headers)

    def all(self) -> list[Json]:
        found: list[Json] = self._session.get(f"{self._url}?limit=100", timeout=30).json()["items"]
        return found

    def get(self, id: str) -> Json:
        found: Json = self._session.get(f"{self._url}/{id}", timeout=30).json()
        return found

    def add(self, name: str) -> Json:
        body = {"name": name, "email": f"{name.lower()}@example.org"}
        answer = self._session.post(self._url, json=body, timeout=30)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    def change(self, id: str, **members: str) -> None:
        assert self._session.patch(f"{self._url}/{id}", json=members, timeout=30).status_code == 200

    def clear(self) -> None:
        for user in self.all():
            self._session.delete(f"{self._url}/{user['id']}", timeout=30)


@pytest.fixture(scope="module")
def admin(packages: None, api: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with built(api, tmp_path_factory.mktemp("dist")) as address:
        assert urlsplit(address).netloc != urlsplit(api).netloc
        yield address


@pytest.fixture
def users(api: str) -> Users:
    """None, at first."""
    users = Users(api)
    users.clear()
    return users


@pytest.fixture
def opened(admin: str, tmp_path: Path) -> Iterator[Opens]:
    """Opens a window at a page of the admin: `opened("users/create")`; each is another person's."""
    needed()
    windows: list[Window] = []

    def begin(page: str = "", size: tuple[int, int] = DESKTOP, at: str = admin) -> Window:
        windows.append(window := Window(tmp_path / f"profile-{len(windows)}"))
        window.__enter__()
        window.size(*size)
        window.go(f"{at}#/{page}")
        return window

    try:
        yield begin
    finally:
        for window in windows:
            window.__exit__()


def test_pages_forth_and_back(users: Users, opened: Opens) -> None:
    names = [users.add(f"User{number}")["name"] for number in range(23)][::-1]
    window = opened()
    window.shows("1–10 of more than 10")
    window.lists(*names[:10])
    window.press("Go to next page")
    window.shows("11–20 of more than 20")
    window.lists(*names[10:20])
    window.press("Go to next page")
    window.shows("21–23 of 23")
    window.lists(*names[20:])
    assert window.evaluate("document.querySelector('[aria-label=\"Go to next page\"]').disabled")
    window.press("Go to previous page")
    window.shows("11–20 of more than 20")
    window.lists(*names[10:20])


def test_sorted_the_other_way(users: Users, opened: Opens) -> None:
    for name in ("Ada", "Bob"):
        users.add(name)
    window = opened()
    window.shows("1–2 of 2")
    window.lists("Bob", "Ada")
    sorts = "[...document.querySelectorAll('thead .MuiTableSortLabel-root')]"
    assert window.evaluate(f"{sorts}.map((each) => each.innerText)") == ["Created"]
    window.evaluate(f"{sorts}[0].click()")
    window.lists("Ada", "Bob")


def test_found_by_its_e_mail(users: Users, opened: Opens) -> None:
    for name in ("Ada", "Bob"):
        users.add(name)
    window = opened()
    window.shows("1–2 of 2")
    window.write("email", "ada@exam")
    window.until("document.querySelector('input[name=email][aria-invalid=true]')")
    window.lists("Bob", "Ada")  # half an address was not sent
    window.write("email", "ADA@example.org")
    window.lists("Ada")


def test_a_list_without_end_on_a_phone(users: Users, opened: Opens) -> None:
    names = [users.add(f"User{number}")["name"] for number in range(45)][::-1]
    window = opened(size=PHONE)
    window.shows(names[0])
    cells = ".MuiListItemText-primary"
    window.lists(*names[:20], cells=cells)
    for shown in (40, 45):
        window.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        window.lists(*names[:shown], cells=cells)
    assert window.evaluate("document.documentElement.scrollWidth") == PHONE[0]


def test_one_is_made_and_shown_first(users: Users, opened: Opens) -> None:
    users.add("Ada")
    window = opened("users/create")
    window.write("name", "  Grace Hopper ")
    window.write("email", "grace@example.org")
    window.press("Save")
    window.shows("1–2 of 2")
    window.lists("Grace Hopper", "Ada")
    assert {user["name"] for user in users.all()} == {"Grace Hopper", "Ada"}


def test_what_is_wrong_stands_at_its_input(users: Users, opened: Opens) -> None:
    users.add("Ada")
    window = opened("users/create")
    window.write("name", "Eve")
    window.write("email", "ada@example.org")
    window.press("Save")
    window.shows("Already taken: email.")
    assert window.wrong("email") == "Another one has this value."
    assert window.wrong("name") == ""
    assert window.written("name") == "Eve"
    window.write("email", "eve@example.org")
    window.press("Save")
    window.shows("1–2 of 2")


def test_one_is_changed(users: Users, opened: Opens) -> None:
    ada = users.add("Ada")
    window = opened(f"users/{ada['id']}")
    window.write("name", "Ada Lovelace")
    window.press("Save")
    window.shows("1–1 of 1")
    window.lists("Ada Lovelace")
    assert users.get(ada["id"])["name"] == "Ada Lovelace"


def test_two_windows_and_mine_is_kept(users: Users, opened: Opens) -> None:
    ada = users.add("Ada")
    theirs, mine = (opened(f"users/{ada['id']}") for _ in range(2))
    mine.write("name", "Mine")
    theirs.write("name", "Theirs")
    theirs.write("email", "theirs@example.org")
    theirs.press("Save")
    theirs.shows("1–1 of 1")
    mine.press("Save")
    mine.shows("Changed meanwhile")
    assert mine.text("[role=dialog] tbody").split() == ["Name", "Mine", "Theirs"]
    mine.press("Keep mine")
    mine.shows("1–1 of 1")
    kept = users.get(ada["id"])
    assert (kept["name"], kept["email"]) == ("Mine", "theirs@example.org")


def test_two_windows_and_theirs_is_taken(users: Users, opened: Opens) -> None:
    ada = users.add("Ada")
    window = opened(f"users/{ada['id']}")
    window.write("name", "Mine")
    users.change(ada["id"], name="Theirs")
    window.press("Save")
    window.shows("Changed meanwhile")
    window.press("Take theirs")
    window.until("document.querySelector('input[name=name]').value === 'Theirs'")
    window.until("!document.querySelector('[role=dialog]')")
    assert users.get(ada["id"])["name"] == "Theirs"
    window.write("name", "Theirs and mine")  # with their ETag
    window.press("Save")
    window.shows("1–1 of 1")
    assert users.get(ada["id"])["name"] == "Theirs and mine"


def test_a_second_conflict_is_told_like_the_first(users: Users, opened: Opens) -> None:
    ada = users.add("Ada")
    window = opened(f"users/{ada['id']}")
    window.write("name", "Mine")
    users.change(ada["id"], name="Theirs")
    window.press("Save")
    window.shows("Changed meanwhile")
    users.change(ada["id"], name="Once more")
    window.press("Keep mine")
    window.shows("Once more", "[role=dialog]")
    window.press("Keep mine")
    window.shows("1–1 of 1")
    assert users.get(ada["id"])["name"] == "Mine"


def test_one_is_deleted_after_a_question(users: Users, opened: Opens) -> None:
    ada, _ = users.add("Ada"), users.add("Bob")
    window = opened(f"users/{ada['id']}")
    window.press("Delete")
    window.shows("Are you sure", "[role=dialog]")
    assert len(users.all()) == 2
    window.press("Confirm", "[role=dialog]")
    window.shows("1–1 of 1")
    window.lists("Bob")
    assert [user["name"] for user in users.all()] == ["Bob"]


def test_another_version_is_not_deleted(users: Users, opened: Opens) -> None:
    ada = users.add("Ada")
    window = opened(f"users/{ada['id']}")
    window.until("document.querySelector('input[name=name]')?.value === 'Ada'")
    users.change(ada["id"], name="Ada Lovelace")
    window.press("Delete")
    window.press("Confirm", "[role=dialog]")
    window.shows("Here it is as it now is")
    window.until("document.querySelector('input[name=name]')?.value === 'Ada Lovelace'")
    assert len(users.all()) == 1
    window.press("Delete")
    window.press("Confirm", "[role=dialog]")
    window.until("location.hash.split('?')[0] === '#/users'")
    assert users.all() == []


def test_several_are_deleted(users: Users, opened: Opens) -> None:
    for name in ("Ada", "Bob", "Eve"):
        users.add(name)
    window = opened()
    window.shows("1–3 of 3")
    for row in (0, 2):
        window.evaluate(f"document.querySelectorAll('tbody input[type=checkbox]')[{row}].click()")
    window.press("Delete")
    window.shows("2 elements deleted")
    window.lists("Bob")
    window.hides("2 elements deleted")  # until then it can be undone
    deadline = time.monotonic() + 10
    while len(users.all()) > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [user["name"] for user in users.all()] == ["Bob"]


def test_a_token_is_asked_for_where_the_api_wants_one(
    engine_url: str, packages: None, opened: Opens, tmp_path: Path
) -> None:
    with (
        Issuing() as issuer,
        targets.server(engine_url, tmp_path, **issuer.settings) as url,
        built(url, tmp_path / "dist") as at,
    ):
        bearer = issuer.bearer("ada")
        users = Users(url, **bearer)
        users.clear()
        users.add("Ada")
        window = opened(at=at)
        window.until("location.hash.startsWith('#/login')")
        window.write("token", "no.token")
        window.press("Log in")
        window.shows("token", "[role=alert]")
        window.until("location.hash.startsWith('#/login')")
        window.write("token", bearer["Authorization"].removeprefix("Bearer "))
        window.press("Log in")
        window.shows("1–1 of 1")
        window.lists("Ada")
        window.go(at)  # a reload keeps it
        window.shows("1–1 of 1")
        window.press("Profile")
        window.until("document.querySelector('.logout')")
        window.evaluate("document.querySelector('.logout').click()")
        window.until("location.hash.startsWith('#/login')")
