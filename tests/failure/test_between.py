"""Another client acts just before a request of ours gets to DynamoDB, or just after it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests

from tests.contract.client import Api, assert_problem
from tests.failure.actions import NEW, OLD
from tests.proxied import Proxied, assert_sound
from tests.proxy import Answer, Asked, Fault, Proxy, Rule
from tests.resources import Json
from tests.resources.users import USERS

Act = Callable[[], requests.Response]


def before(act: Act) -> Fault:
    """The other one is first."""

    def fault(asked: Asked, _: Proxy) -> Answer:
        assert act().status_code < 300
        return asked.forward(None)

    return fault


def after(act: Act) -> Fault:
    """Ours is first, but its answer is lost."""

    def fault(asked: Asked, _: Proxy) -> None:
        asked.forward(None)
        assert act().status_code < 300

    return fault


def old(api: Api) -> tuple[str, dict[str, str]]:
    """A new item's key, and the header that names its revision."""
    made = api.made(**OLD[api.resource])
    return made[api.resource.key], {"If-Match": f'"{made["etag"]}"'}


def test_if_match_holds_to_the_end(app: Proxied) -> None:
    key, _ = old(app.users)
    theirs = before(lambda: app.users.patch(key, {"name": "Theirs"}))
    cases: list[tuple[str, Callable[[Json], requests.Response]]] = [
        ("TransactWriteItems", lambda unchanged: app.users.put(key, NEW[USERS], unchanged)),
        ("TransactWriteItems", lambda unchanged: app.users.delete(key, unchanged)),
        ("UpdateItem", lambda unchanged: app.users.patch(key, {"name": "Ours"}, unchanged)),
    ]
    for operation, ask in cases:
        unchanged = {"If-Match": app.users.get(key).headers["ETag"]}
        app.proxy.reset(Rule(theirs, operation))
        assert assert_problem(ask(unchanged), 412, "stale")["current"]["name"] == "Theirs"
        assert_sound(app)


def test_without_it_a_move_keeps_what_the_other_wrote(app: Proxied) -> None:
    key, _ = old(app.users)
    theirs = before(lambda: app.users.patch(key, {"name": "Theirs"}))
    app.proxy.reset(Rule(theirs, "TransactWriteItems"))
    ours = app.users.patch(key, {"email": NEW[USERS]["email"]})
    assert ours.status_code == 200, ours.text
    assert (ours.json()["name"], ours.json()["email"]) == ("Theirs", NEW[USERS]["email"])
    assert app.users.shown(key) == ours.json()
    assert_sound(app)


def test_the_other_moves_it_first(app: Proxied) -> None:
    key, _ = old(app.users)
    theirs = before(lambda: app.users.patch(key, {"email": "theirs@example.org"}))
    app.proxy.reset(Rule(theirs, "TransactWriteItems"))
    ours = app.users.patch(key, {"email": NEW[USERS]["email"]})
    assert (ours.status_code, ours.json()["email"]) == (200, NEW[USERS]["email"])
    assert_sound(app)


def test_the_other_takes_the_address_first(app: Proxied) -> None:
    key, _ = old(app.users)
    app.proxy.reset(Rule(before(lambda: app.users.post(NEW[USERS])), "TransactWriteItems"))
    # The rule fires for the other's own transaction too, were it not once only.
    assert_problem(app.users.put(key, NEW[USERS]), 409, "email_taken", {"/email": "taken"})
    assert_sound(app)


def test_it_is_deleted_first(app: Proxied) -> None:
    for ask in (
        lambda key: app.users.patch(key, {"email": NEW[USERS]["email"]}),
        lambda key: app.users.put(key, NEW[USERS]),
        app.users.delete,
    ):
        key, _ = old(app.users)
        theirs = before(partial(app.users.delete, key))
        app.proxy.reset(Rule(theirs, "TransactWriteItems"))
        assert_problem(ask(key), 404, "not_found")
        tables = assert_sound(app)
        assert not tables["users"]
        assert not tables["claims"]


def test_its_address_moves_before_it_is_deleted(app: Proxied) -> None:
    key, _ = old(app.users)
    theirs = before(lambda: app.users.patch(key, {"email": NEW[USERS]["email"]}))
    app.proxy.reset(Rule(theirs, "TransactWriteItems"))
    assert app.users.delete(key).status_code == 204
    assert not assert_sound(app)["claims"]


def test_the_item_moves_and_the_wanted_address_is_taken(app: Proxied) -> None:
    """Both stand in the way of one transaction; the address is still taken in the next."""
    key, _ = old(app.users)

    def theirs() -> requests.Response:
        assert app.users.patch(key, {"email": "theirs@example.org"}).status_code == 200
        return app.users.post(NEW[USERS])

    app.proxy.reset(Rule(before(theirs), "TransactWriteItems"))
    ours = app.users.patch(key, {"email": NEW[USERS]["email"]})
    assert_problem(ours, 409, "email_taken", {"/email": "taken"})
    assert_sound(app)


def test_an_address_goes_away_and_comes_back_while_its_user_is_deleted(app: Proxied) -> None:
    key, _ = old(app.users)
    email, heir = OLD[USERS]["email"], app.users.made()["id"]

    def away() -> requests.Response:
        assert app.users.patch(key, {"email": "away@example.org"}).status_code == 200
        return app.users.patch(heir, {"email": email})

    def back() -> requests.Response:
        assert app.users.patch(heir, {"email": "heir@example.org"}).status_code == 200
        return app.users.patch(key, {"email": email})

    app.proxy.reset(Rule(before(away), "TransactWriteItems"), Rule(before(back), "GetItem", 2))
    assert app.users.delete(key).status_code == 204
    assert_sound(app)


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_change_untold_then_another(app: Proxied, api: Api, method: str) -> None:
    """Ours was done, the other's stands on it: nobody can tell, and the other's stays."""
    key, unchanged = old(api)
    text = api.resource.text
    body: Json = OLD[api.resource] | {text: "Ours"}
    app.proxy.reset(Rule(after(lambda: api.patch(key, {text: "Theirs"})), "UpdateItem"))
    assert_problem(getattr(api, method)(key, body, unchanged), 503, "outcome_unknown")
    assert api.shown(key)[text] == "Theirs"
    assert_sound(app)


@pytest.mark.parametrize("method", ["put", "patch"])
def test_an_etag_never_stands_for_two_contents(app: Proxied, api: Api, method: str) -> None:
    """Without If-Match ours may be done again on top of the other's, but as a new revision."""
    key, _ = old(api)
    text = api.resource.text
    body: Json = OLD[api.resource] | {text: "Ours"}
    if method == "patch":
        body = {text: "Ours"}
    seen: dict[str, Json] = {}

    def look() -> Json:
        item = api.shown(key)
        assert seen.setdefault(item["etag"], item) == item
        return item

    def theirs() -> requests.Response:
        look()
        change = {text: "Theirs"} if "note" not in OLD[api.resource] else {"note": "Theirs"}
        answer = api.patch(key, change, {"If-Match": f'"{look()["etag"]}"'})
        look()
        return answer

    app.proxy.reset(Rule(after(theirs), "UpdateItem"))
    ours = getattr(api, method)(key, body)
    assert look() == (ours.json() if ours.status_code == 200 else look())
    if ours.status_code != 200:
        assert_problem(ours, 503, "outcome_unknown")
    assert_sound(app)


def test_a_change_untold_then_deleted(app: Proxied, api: Api) -> None:
    """Never 404: it was there, and ours was done."""
    for headers in (True, False):
        key, unchanged = old(api)
        app.proxy.reset(Rule(after(partial(api.delete, key)), "UpdateItem"))
        answer = api.patch(key, {api.resource.text: "Ours"}, unchanged if headers else None)
        assert_problem(answer, 503, "outcome_unknown")
        assert_sound(app)


def test_a_delete_untold_then_made_again(app: Proxied, api: Api) -> None:
    """Ours was done; what has been made since is another one, and stays."""
    operation = "TransactWriteItems" if api.resource.unique else "DeleteItem"
    for conditional in (True, False):
        key, unchanged = old(api)
        again = OLD[api.resource] | {api.resource.key: key}
        app.proxy.reset(Rule(after(partial(api.post, again)), operation))
        answer = api.delete(key, unchanged if conditional else None)
        assert answer.status_code == 204, answer.text
        assert api.get(key).status_code == 200
        assert_sound(app)
        assert api.delete(key).status_code == 204


def test_a_create_untold_then_changed(app: Proxied, api: Api) -> None:
    """Never 409: what stands there may be ours, changed since."""
    body: Json = NEW[api.resource] | {api.resource.key: "given-1"}
    operation = "TransactWriteItems" if api.resource.unique else "PutItem"
    theirs = after(lambda: api.patch("given-1", {api.resource.text: "Theirs"}))
    app.proxy.reset(Rule(theirs, operation))
    answer = api.post(body)
    if api.resource.unique:  # the transaction's token tells; of a put only the state could
        assert answer.status_code == 201, answer.text
        assert answer.json()[api.resource.text] == body[api.resource.text]
    else:
        assert_problem(answer, 503, "outcome_unknown")
    assert api.shown("given-1")[api.resource.text] == "Theirs"
    assert_sound(app)


@pytest.mark.parametrize("conditional", [True, False])
def test_a_move_untold_then_changed(app: Proxied, conditional: bool) -> None:
    """The transaction's token tells that ours was done."""
    key, unchanged = old(app.users)
    theirs = after(lambda: app.users.patch(key, {"name": "Theirs"}))
    app.proxy.reset(Rule(theirs, "TransactWriteItems"))
    answer = app.users.put(key, NEW[USERS], unchanged if conditional else None)
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == NEW[USERS]["name"]
    assert app.users.shown(key)["name"] == "Theirs"
    assert_sound(app)


def test_a_create_that_was_not_done_and_is_taken(app: Proxied, api: Api) -> None:
    key, _ = old(api)
    body: Any = NEW[api.resource] | {api.resource.key: key}
    app.proxy.reset(Rule("throttling", nth=1))
    assert_problem(
        api.post(body), 409, f"{api.resource.key}_taken", {f"/{api.resource.key}": "taken"}
    )
