"""The admin in a browser: what is changed and deleted, by two at once, too."""

import time

from tests.react_admin.users import Users
from tests.react_admin.window import Opens, Window
from tests.resources import Json


def conflict(users: Users, opened: Opens) -> tuple[Json, Window]:
    """A user whose name somebody else changed meanwhile, and the window that says so."""
    ada = users.add("Ada")
    window = opened(f"users/{ada['id']}")
    window.write("name", "Mine")
    users.change(ada["id"], name="Theirs")
    window.press("Save")
    window.shows("Changed meanwhile")
    return ada, window


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
    ada, window = conflict(users, opened)
    window.press("Take theirs")
    window.until("document.querySelector('input[name=name]').value === 'Theirs'")
    window.until("!document.querySelector('[role=dialog]')")
    assert users.get(ada["id"])["name"] == "Theirs"
    window.write("name", "Theirs and mine")  # with their ETag
    window.press("Save")
    window.shows("1–1 of 1")
    assert users.get(ada["id"])["name"] == "Theirs and mine"


def test_a_second_conflict_is_told_like_the_first(users: Users, opened: Opens) -> None:
    ada, window = conflict(users, opened)
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
