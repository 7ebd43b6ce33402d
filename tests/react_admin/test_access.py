"""The admin for everybody: what axe finds that is serious, and is the example's own."""

import pytest

from tests.react_admin.users import Users
from tests.react_admin.window import DESKTOP, PHONE, Opens

# react-admin gives the name of the box that selects a row to the element around it.
OF_REACT_ADMIN = {"aria-prohibited-attr", "label"}
STILL = "document.getAnimations().every((one) => one.playState !== 'running')"


@pytest.mark.parametrize(
    ("size", "dark", "theirs"),
    [(DESKTOP, False, OF_REACT_ADMIN), (PHONE, True, set())],
    ids=["light", "dark"],
)
def test_axe_finds_nothing_serious(
    users: Users, opened: Opens, size: tuple[int, int], dark: bool, theirs: set[str]
) -> None:
    ada = users.add("Ada")
    users.add("Bob")
    window = opened()
    window.look(size[0], dark=dark)
    address = window.evaluate("location.origin")
    found = {}

    def look(state: str, shown: str) -> None:
        window.until(shown)
        window.until(STILL)  # while something fades in, it has little contrast
        found[state] = window.faults()

    window.go(f"{address}/#/users")
    look("list", "document.body.innerText.includes('Bob')")
    window.go(f"{address}/#/users/{ada['id']}")
    look("edit", "document.querySelector('input[name=name]')?.value === 'Ada'")
    window.write("name", "Mine")
    users.change(ada["id"], name="Theirs")
    window.press("Save")
    look("conflict", "document.querySelector('[role=dialog]')")
    window.go(f"{address}/#/users/create")
    window.write("name", "Eve")
    window.write("email", "bob@example.org")
    window.press("Save")
    look("wrong", "document.querySelector('[aria-invalid=true]')")
    assert {*found.pop("list")} == theirs
    assert found == {"edit": {}, "conflict": {}, "wrong": {}}
