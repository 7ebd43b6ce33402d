"""The admin in a browser, on an API that asks for tokens."""

from pathlib import Path

from tests import targets
from tests.issuing import Issuing
from tests.react_admin.example import built
from tests.react_admin.users import Users
from tests.react_admin.window import Opens


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
