"""Where `make seed` puts its users: the tables of a stage, or a running API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

import urllib3

AT_ONCE = 8  # requests that write
MOST_WRITES = 100  # of a transaction

User = dict[str, str]


class Target(Protocol):
    """Where users go; `most` of them in one request."""

    most: int

    def there(self, ids: Sequence[str]) -> set[str]:
        """Those of at most 100 ids that exist."""

    def add(self, users: Sequence[User]) -> None:
        """Create them. One that exists is left alone. Raises SeedError, or Busy to try again."""


class SeedError(Exception):
    """It cannot go on; the message says why."""


class Busy(Exception):
    """Not now."""


class Tables:
    """The tables of the stage in the environment, written by the kit itself, with their claims."""

    def __init__(self) -> None:
        from chalicekit import settings
        from chalicelib.users import users

        if users.owned and settings.current().trust:
            raise SeedError(
                "Users belong to who makes them, and here that would be nobody: seed through the "
                "API, with URL= and TOKEN=."
            )
        self._users = users
        self.most = MOST_WRITES // (1 + len(users.unique))

    def there(self, ids: Sequence[str]) -> set[str]:
        from chalicekit.call import Call
        from chalicekit.problems import Problem
        from chalicelib.users import UserQuery

        try:
            page = self._users.page(UserQuery(id=list(ids)), Call())
        except Problem as problem:
            raise SeedError(f"{problem.detail} ({problem.code})") from None
        return {user.id for user in page.items}

    def add(self, users: Sequence[User]) -> None:
        from botocore.exceptions import ClientError

        from chalicekit import dynamodb
        from chalicekit.call import Call
        from chalicekit.failures import Refused
        from chalicekit.problems import Unavailable

        call = Call()
        writes = [write for user in users for write in self._users.creation(fields(user), call)]
        try:
            dynamodb.write(call, writes)
        except Unavailable as problem:
            raise Busy(problem.detail) from None
        # One of them stands in the way of all, or two of each other, whose claims are then one
        # item, which no transaction takes twice: which ones, they say themselves.
        except (Refused, ClientError):
            for user in users:
                self._add(user)

    def _add(self, user: User) -> None:
        from chalicekit.call import Call
        from chalicekit.problems import Problem, Unavailable

        try:
            self._users.add(fields(user), Call())
        except Unavailable as problem:
            raise Busy(problem.detail) from None
        except Problem as problem:
            if problem.code != "id_taken":
                raise SeedError(f"{user}: {problem.code}") from None


def fields(user: User) -> Any:
    """The user as chalicelib/users.py takes it. Raises SeedError where it does not."""
    from pydantic import ValidationError

    from chalicelib.users import UserFields

    try:
        return UserFields(**user)
    except ValidationError as error:
        wrong = error.errors()[0]
    member = wrong["loc"][0] if wrong["loc"] else "what"
    match wrong["type"]:
        case "missing":
            says = f"makes no {member}, which chalicelib/users.py requires"
        case "extra_forbidden":
            says = f"makes {member}, which chalicelib/users.py does not know"
        case _:
            says = f"makes {member} as chalicelib/users.py refuses it: {wrong['msg']}"
    raise SeedError(f"tools/seed/seed.py {says}.")


class Api:
    """A running API."""

    most = 1

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self._url = url.rstrip("/") + "/users"
        self._headers = headers or {}
        self._http = urllib3.PoolManager(maxsize=AT_ONCE, retries=False, timeout=30)

    def there(self, ids: Sequence[str]) -> set[str]:
        query = urlencode([("id", key) for key in ids])
        answer = self._send("GET", f"{self._url}?{query}")
        return {user["id"] for user in answer["items"]}

    def add(self, users: Sequence[User]) -> None:
        (user,) = users
        body = self._send("POST", self._url, json=user)
        if body.get("code") == "id_taken" and not self.there([user["id"]]):
            raise SeedError(
                f"{self._url} has these users already, and they are another caller's: seed as that "
                "one, or begin with empty tables."
            )

    def _send(self, method: str, url: str, **more: Any) -> Any:
        try:
            answer = self._http.request(method, url, headers=self._headers, **more)
            if answer.status in (429, 503):
                raise Busy(answer.data.decode())
            body = answer.json()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise SeedError(f"{self._url} does not answer as this API: {error}") from None
        if answer.status in (401, 403):
            raise SeedError(self._refused(method, f"{answer.status} {body.get('code', '')}"))
        if answer.status >= 400 and body.get("code") != "id_taken":
            raise SeedError(f"{method} {self._url}: {answer.status} {body}")
        return body

    def _refused(self, method: str, why: str) -> str:
        may = "one whose scopes let it read and write users"
        if self._headers:
            return f"{method} {self._url} refuses TOKEN ({why.rstrip()}): take {may}."
        return f"{self._url} asks for a token: give TOKEN= {may}."
