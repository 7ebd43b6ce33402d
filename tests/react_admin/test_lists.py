"""The admin in a browser: its lists, and what is made."""

from tests.react_admin.users import Users
from tests.react_admin.window import PHONE, Opens


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
