"""Many at once: nothing is lost, doubled or half done, and each is told what happened."""

import random
import time
from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest
import requests

from tests.concurrency.together import WRITERS, together
from tests.contract.client import Api, assert_problem, etag_of
from tests.proxied import Proxied, assert_sound
from tests.resources import Json, Resource
from tests.resources.users import USERS
from tests.resources.wares import WARES

ROUNDS = 12
LIMIT = 10.0  # seconds for one answer
Call = Callable[[Api], requests.Response]


@pytest.fixture(params=[USERS, WARES], ids=str)
def resource(request: pytest.FixtureRequest) -> Resource:
    found: Resource = request.param
    return found


def post(body: Json, headers: dict[str, str] | None = None) -> Call:
    return lambda api: api.post(body, headers)


def put(key: str, body: Json) -> Call:
    return lambda api: api.put(key, body)


def patch(key: str, body: Json) -> Call:
    return lambda api: api.patch(key, body)


def delete(key: str) -> Call:
    return lambda api: api.delete(key)


def codes(answers: list[requests.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def test_16_writers_lose_no_update(app: Proxied, resource: Resource) -> None:
    """Each reads, adds one and writes with If-Match, until it has done so five times."""
    text = resource.text
    key = app.api(resource).made(**{text: "0"})[resource.key]

    def add_five(api: Api) -> int:
        done = tries = 0
        while done < 5:
            read = api.get(key)
            body = {text: str(int(read.json()[text]) + 1)}
            answer = api.patch(key, body, {"If-Match": read.headers["ETag"]})
            tries += 1
            if answer.status_code == 200:
                assert answer.json()[text] == body[text]
                done += 1
            else:
                current = assert_problem(answer, 412, "stale")["current"]
                assert answer.headers["ETag"] == f'"{current["etag"]}"' != read.headers["ETag"]
        return tries

    tries = together(app, resource, [add_five] * WRITERS)
    assert app.api(resource).shown(key)[text] == str(5 * WRITERS)
    assert sum(tries) > 5 * WRITERS  # else they did not meet
    assert_sound(app)


def test_one_creates_a_key(app: Proxied, resource: Resource) -> None:
    for _ in range(ROUNDS):
        key = uuid4().hex
        bodies = [resource.sample() | {resource.key: key} for _ in range(WRITERS)]
        answers = together(app, resource, [post(body) for body in bodies])
        (won,) = (answer for answer in answers if answer.status_code == 201)
        for answer in answers:
            if answer is not won:
                assert_problem(answer, 409, f"{resource.key}_taken", {f"/{resource.key}": "taken"})
        assert app.api(resource).shown(key) == won.json()
    assert len(assert_sound(app)[resource.table]) == ROUNDS


def test_one_gets_an_email(app: Proxied) -> None:
    """By creating, by replacing, by changing; however it is written."""
    for _ in range(ROUNDS):
        others = [app.users.made() for _ in range(8)]
        email = f"{uuid4().hex}@example.org"
        calls: list[Call] = [
            *[post(USERS.sample() | {"email": email.upper()})] * 8,
            *[patch(o["id"], {"email": email}) for o in others[:4]],
            *[put(o["id"], USERS.sample() | {"email": email}) for o in others[4:]],
        ]
        answers = together(app, USERS, calls)
        (won,) = (answer for answer in answers if answer.status_code < 300)
        for answer in answers:
            if answer is not won:
                assert_problem(answer, 409, "email_taken", {"/email": "taken"})
        assert app.users.page(email=email)["items"] == [won.json()]
    assert_sound(app)


def test_an_email_moves_while_its_user_is_deleted(app: Proxied) -> None:
    seen: Counter[tuple[int, ...]] = Counter()
    for _ in range(3 * ROUNDS):
        user, email = app.users.made(), f"{uuid4().hex}@example.org"
        calls: list[Call] = [
            patch(user["id"], {"email": email}),
            delete(user["id"]),
            patch(user["id"], {"email": user["email"].upper()}),
        ]
        random.shuffle(calls)
        answers = together(app, USERS, calls)
        assert codes(answers).keys() <= {200, 204, 404}
        assert codes(answers)[204] == 1
        seen[tuple(sorted(answer.status_code for answer in answers))] += 1
        # Both addresses can be had again.
        for address in (user["email"], email):
            made = app.users.post(USERS.sample() | {"email": address})
            assert made.status_code == 201, made.text
            assert app.users.delete(made.json()["id"]).status_code == 204
        tables = assert_sound(app)
        assert not tables["users"]
        assert not tables["claims"]
    assert len(seen) > 1, seen  # else they did not meet


def test_an_email_goes_from_user_to_user(app: Proxied) -> None:
    """Everyone changes to everyone's addresses: whoever is told 200 has it, and only they."""
    users = [app.users.made() for _ in range(4)]
    emails = [user["email"] for user in users]

    def wander(api: Api) -> None:
        chance = random.Random()
        for _ in range(15):
            user = chance.choice(users)
            change = {"email": chance.choice([*emails, f"{uuid4().hex}@example.org"])}
            answer = api.patch(user["id"], change)
            assert answer.status_code in (200, 409, 503), answer.text
            if answer.status_code == 409:
                assert_problem(answer, 409, "email_taken", {"/email": "taken"})
            if answer.status_code == 503:
                assert_problem(answer, 503, "throttled")

    together(app, USERS, [wander] * 8)
    tables = assert_sound(app)
    assert len(tables["users"]) == 4
    assert len(tables["claims"]) == 4


def test_two_users_swap_their_emails(app: Proxied) -> None:
    """By way of a third address; when both try at once, at most one of them is in the way."""
    for _ in range(ROUNDS):
        one, two = app.users.made(), app.users.made()
        answers = together(
            app,
            USERS,
            [
                patch(one["id"], {"email": two["email"]}),
                patch(two["id"], {"email": one["email"]}),
            ],
        )
        assert codes(answers) == {409: 2}
        away = f"{uuid4().hex}@example.org"
        for user, email in ((one, away), (two, one["email"]), (one, two["email"])):
            assert app.users.patch(user["id"], {"email": email}).status_code == 200
        assert app.users.page(email=one["email"])["items"][0]["id"] == two["id"]
        assert app.users.page(email=two["email"])["items"][0]["id"] == one["id"]
    assert_sound(app)


def test_a_create_repeated_16_times_at_once(app: Proxied, resource: Resource) -> None:
    for _ in range(ROUNDS):
        body, headers = resource.sample(), {"Idempotency-Key": uuid4().hex}
        answers = together(app, resource, [post(body, headers)] * WRITERS)
        assert codes(answers) == {201: WRITERS}
        assert len({answer.text for answer in answers}) == 1
        assert len({(etag_of(answer), answer.headers["Location"]) for answer in answers}) == 1
        assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert len(assert_sound(app)[resource.table]) == ROUNDS


def test_one_deletes(app: Proxied, resource: Resource) -> None:
    for _ in range(ROUNDS):
        key = app.api(resource).made()[resource.key]
        answers = together(app, resource, [delete(key)] * 8)
        assert codes(answers) == {204: 1, 404: 7}
    assert not assert_sound(app)["claims"]


def test_made_and_deleted_over_and_over(app: Proxied) -> None:
    """One key and one address, wanted by all: every answer fits, and nothing is left behind."""
    body = USERS.sample() | {"id": "one"}

    def come_and_go(api: Api) -> list[int]:
        told = []
        for _ in range(10):
            begun = time.monotonic()
            made, gone = api.post(body), api.delete("one")
            assert made.status_code in (201, 409, 503), made.text
            assert gone.status_code in (204, 404, 503), gone.text
            assert time.monotonic() - begun < 2 * LIMIT
            told += [made.status_code, gone.status_code]
        return told

    told = Counter(code for codes in together(app, USERS, [come_and_go] * 8) for code in codes)
    left = len(assert_sound(app)["users"])
    if 503 not in told:
        assert told[201] - told[204] == left


def test_unconditional_writers_all_succeed(app: Proxied, resource: Resource) -> None:
    """The last one stands, whole; each was told the revision that it wrote."""
    key = app.api(resource).made()[resource.key]
    bodies = [resource.sample() for _ in range(WRITERS)]
    begun = time.monotonic()
    answers = together(app, resource, [put(key, body) for body in bodies])
    assert time.monotonic() - begun < LIMIT
    for body, answer in zip(bodies, answers, strict=True):
        if answer.status_code == 200:
            assert answer.json()[resource.text] == body[resource.text]
        else:  # a user's address moves on condition of what was read
            assert_problem(answer, 503, "throttled")
            assert resource is USERS
    assert app.api(resource).shown(key) in [a.json() for a in answers if a.status_code == 200]
    assert_sound(app)
