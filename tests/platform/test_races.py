"""Many at once, on the real DynamoDB: no emulator ever raises TransactionConflict by itself."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.contract.client import Api, assert_problem

pytestmark = pytest.mark.aws
AT_ONCE = 16


def together(call: Callable[[int], requests.Response]) -> list[requests.Response]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(call, range(AT_ONCE)))


def test_one_of_many_creates_wins(api: Api) -> None:
    body: dict[str, Any] = api.resource.sample() | {api.resource.key: uuid4().hex}
    answers = together(lambda _: api.post(body))
    found = Counter(answer.status_code for answer in answers)
    assert found[201] == 1, found
    assert set(found) <= {201, 409, 503}, found


def test_a_unique_value_has_one_owner(api: Api) -> None:
    if api.resource.unique is None:
        pytest.fail("this resource has no unique member: there is nothing to prove here")
    value = api.resource.sample()[api.resource.unique]
    answers = together(lambda _: api.post(api.resource.sample() | {api.resource.unique: value}))
    assert sum(answer.status_code == 201 for answer in answers) == 1
    for answer in answers:
        if answer.status_code == 409:
            place = f"/{api.resource.unique}"
            assert_problem(answer, 409, f"{api.resource.unique}_taken", {place: "taken"})
        else:
            assert answer.status_code in (201, 503), answer.text


def test_no_update_is_lost(api: Api) -> None:
    item = api.made()
    path, etag = item[api.resource.key], {"If-Match": item["etag"]}
    answers = together(lambda n: api.patch(path, {api.resource.text: f"Writer {n}"}, etag))
    found = Counter(answer.status_code for answer in answers)
    assert found[200] == 1, found
    assert set(found) <= {200, 412, 503}, found
    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert api.shown(path) == winner


def test_one_key_creates_once(api: Api) -> None:
    body, key = api.resource.sample(), {"Idempotency-Key": uuid4().hex}
    answers = together(lambda _: api.post(body, key))
    made = {answer.json()[api.resource.key] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 503}
