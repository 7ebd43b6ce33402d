"""On a stage that asks for tokens: a login leads back to where one was, with all that was typed."""

import pytest

from tests.console.conftest import Wares
from tests.console.window import FORM, Window
from tests.local_issuer.conftest import clock, folder, issuer
from tests.targets import Configure
from tools.issuer import tokens
from tools.issuer.issuer import Issuer

__all__ = ["clock", "folder", "issuer"]  # fixtures
pytestmark = [pytest.mark.in_process, pytest.mark.configures]
LOGGED_IN = "document.getElementById('login').innerText.includes('Logged in as ada')"


@pytest.fixture
def asking(issuer: Issuer, wares: Wares, configure: Configure) -> Issuer:
    """The issuer of a stage that has one ware."""
    wares.add("one")
    configure(AUTH=None, **issuer.settings)
    return issuer


def enter(window: Window, *without: str) -> None:
    """Log in as ada where the issuer asks, without some scopes."""
    window.fill("#subject", "ada")
    for scope in without:
        window.click(f'input[value="{scope}"]')
    window.click("button[value=yes]")
    window.until(f"document.getElementById('login') && {LOGGED_IN}")


def token(issuer: Issuer, lifetime: int) -> str:
    return tokens.access(
        issuer.url,
        subject="ada",
        scopes=["wares:read", "wares:write"],
        audience=issuer.audiences[0],
        client_id="pages",
        lifetime=lifetime,
    )


def test_a_login_leads_back_to_the_item(window: Window, asking: Issuer) -> None:
    window.visit("/wares/one?sort=-created_at", "document.querySelector('main .notice p')")
    window.noticed("Not authenticated. Please log in.", "main")
    window.click("main .notice .send")
    enter(window)
    window.until(FORM)
    here = f"{window.address}/console/wares/one?sort=-created_at"
    assert window.evaluate("location.href") == here
    assert window.evaluate("document.getElementById('item-title').value") == "Lamp one"
    assert window.evaluate("Object.keys(sessionStorage).length") == 1, "the token alone"


def test_what_was_typed_survives_a_login(window: Window, asking: Issuer) -> None:
    window.visit("/wares", "document.querySelector('main .notice p')")
    window.click("#login .send")
    enter(window)
    window.until("document.querySelector('main tbody a')")
    window.click("main tbody a")
    window.until(FORM)
    window.idle()
    window.write(title="Typed before")
    old = token(asking, -60)
    window.evaluate(f"kept.set('token', '{old}')")
    window.save()
    window.noticed("Token expired.")
    assert window.text("#login p") == "Your login has expired."
    window.click("#panel .notice .send")
    enter(window)
    window.noticed("What you typed before is back.")
    assert window.evaluate("document.getElementById('item-title').value") == "Typed before"
    window.save()
    window.told("Saved.")


def test_a_login_that_was_cancelled_is_told_here(window: Window, asking: Issuer) -> None:
    window.visit("/wares", "document.querySelector('main .notice p')")
    window.click("#login .send")
    window.click("button[value=no]")
    window.until("document.querySelector('#login p')?.innerText === 'You did not log in.'")
    assert window.evaluate("location.href") == f"{window.address}/console/wares"


def test_a_scope_that_is_lacking_is_told(window: Window, asking: Issuer) -> None:
    window.visit("/wares/one", "document.querySelector('main .notice p')")
    window.click("#login .send")
    enter(window, "wares:write")
    window.until(FORM)
    window.write(title="Typed")
    window.save()
    window.noticed("Not allowed.")
    window.noticed("wares:write")
    assert window.evaluate("document.getElementById('item-title').value") == "Typed"


def test_a_token_may_be_pasted(window: Window, asking: Issuer, configure: Configure) -> None:
    configure(AUTH=None, **asking.settings | {"AUTH_CLIENT_ID": ""})
    window.visit("/wares", "document.querySelector('main .notice p')")
    window.fill("#token", token(asking, 60))
    window.click("#login form button")
    window.until("document.querySelector('main tbody a')")
