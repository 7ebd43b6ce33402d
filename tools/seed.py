"""Fill the tables with believable users: `make seed N=1000`.

    python -m tools.seed --count 1000                 the local tables
    python -m tools.seed --count 1000 --stage dev     a stage's, with your credentials
    python -m tools.seed --count 1000 --url http://127.0.0.1:8000    through a running API

The n-th user is always the same, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode

import urllib3
from faker import Faker
from tqdm import tqdm

from tools import connect, localaws

sys.path.append(str(localaws.ROOT / "vendor"))

LATIN = ("en_US", "de_DE", "es_MX", "pt_BR", "fr_FR", "tr_TR", "vi_VN", "pl_PL", "sv_SE")
OTHER = ("ja_JP", "ar_AA", "hi_IN", "zh_CN", "ru_RU", "ko_KR", "el_GR", "bn_BD", "he_IL", "th_TH")
SCRIPTS = (*LATIN, *OTHER, "uk_UA", "ta_IN", "fa_IR", "ka_GE", "hy_AM")
NAMESPACE = uuid.UUID("6f1c1a52-94d2-4a4c-9f0e-1d9a3c8a7f10")  # any, but always this one
CHUNK = 100  # as many as one request can ask for by id
AT_ONCE = 8
TRIES = 8

User = dict[str, str]


class Target(Protocol):
    """Where users go."""

    def there(self, ids: Sequence[str]) -> set[str]:
        """Those of at most 100 ids that exist."""

    def add(self, user: User) -> None:
        """Create one. Where it exists, nothing happens. Raises SeedError, or Busy to try again."""


class SeedError(Exception):
    """It cannot go on; the message says why."""


class Busy(Exception):
    """Not now."""


class Tables:
    """The tables of the stage in the environment, written by the kit itself, with their claims."""

    def __init__(self) -> None:
        from chalicelib.users import users

        self._users = users

    def there(self, ids: Sequence[str]) -> set[str]:
        from chalicekit.call import Call
        from chalicekit.problems import Problem
        from chalicelib.users import UserQuery

        try:
            page = self._users.page(UserQuery(id=list(ids)), Call())
        except Problem as problem:
            raise SeedError(f"{problem.detail} ({problem.code})") from None
        return {user.id for user in page.items}

    def add(self, user: User) -> None:
        from chalicekit.call import Call
        from chalicekit.problems import Problem, Unavailable
        from chalicelib.users import UserFields

        try:
            self._users.add(UserFields(**user), Call())
        except Unavailable as problem:
            raise Busy(problem.detail) from None
        except Problem as problem:
            if problem.code != "id_taken":
                raise SeedError(f"{user}: {problem.code}") from None


class Api:
    """A running API."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + "/users"
        self._http = urllib3.PoolManager(maxsize=AT_ONCE, retries=False, timeout=30)

    def there(self, ids: Sequence[str]) -> set[str]:
        query = urlencode([("id", key) for key in ids])
        answer = again(lambda: self._send("GET", f"{self._url}?{query}"))
        return {user["id"] for user in answer["items"]}

    def add(self, user: User) -> None:
        self._send("POST", self._url, json=user)

    def _send(self, method: str, url: str, **more: Any) -> Any:
        try:
            answer = self._http.request(method, url, **more)
            if answer.status in (429, 503):
                raise Busy(answer.data.decode())
            body = answer.json()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise SeedError(f"{self._url} does not answer as this API: {error}") from None
        if answer.status >= 400 and body.get("code") != "id_taken":
            raise SeedError(f"{method} {self._url}: {answer.status} {body}")
        return body


def user(number: int) -> User:
    """The user of this number, from 0: always the same one."""
    fake = _fake(SCRIPTS[number % len(SCRIPTS)])
    fake.seed_instance(number)
    name = fake.name()
    mailbox, _, domain = fake.ascii_safe_email().partition("@")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    mailbox = ".".join(re.findall("[a-z]+", plain)) or mailbox  # the name's own, in Latin script
    key = str(uuid.uuid5(NAMESPACE, str(number)))
    return {"id": key, "name": name, "email": f"{mailbox}.{number}@{domain}"}


def seed(target: Target, count: int) -> int:
    """Create the first `count` users; gives how many were there already. Raises SeedError."""
    kept = 0
    with ThreadPoolExecutor(AT_ONCE) as pool, tqdm(total=count, unit=" users", disable=None) as bar:
        for chunk in _chunks(count):
            there = target.there([user["id"] for user in chunk])
            missing = [user for user in chunk if user["id"] not in there]
            kept += len(chunk) - len(missing)
            bar.update(len(chunk) - len(missing))
            for _ in pool.map(lambda user: again(lambda: target.add(user)), missing):
                bar.update()
    return kept


def again(act: Any) -> Any:
    """Do it, several times where the other side is busy. Raises SeedError."""
    for attempt in range(TRIES):
        try:
            return act()
        except Busy as busy:
            if attempt == TRIES - 1:
                raise SeedError(f"still busy after {TRIES} tries: {busy}") from None
            time.sleep(min(2.0, 0.1 * 2**attempt))
    raise AssertionError("unreachable: the last attempt returns or raises")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--stage", default="local")
    parser.add_argument("--url")
    given = parser.parse_args()
    try:
        kept = seed(Api(given.url) if given.url else _stage(given.stage), given.count)
    except (SeedError, localaws.LocalAwsError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped: the same command goes on from here.")
    print(f"{given.count} users, {kept} of them were there already.")


def _stage(stage: str) -> Target:
    try:
        connect.enter_stage(stage)
    except KeyError:
        raise SeedError(f"STAGE={stage}: .chalice/config.json has no such stage.") from None
    if stage == "local":
        print(connect.local(os.getpid()))
    return Tables()


def _chunks(count: int) -> Iterator[list[User]]:
    for start in range(0, count, CHUNK):
        yield [user(number) for number in range(start, min(start + CHUNK, count))]


@cache
def _fake(script: str) -> Faker:
    return Faker(script)


if __name__ == "__main__":
    main()
