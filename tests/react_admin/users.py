"""The users of an API, past the admin."""

from tests import targets
from tests.resources import Json


class Users:
    def __init__(self, url: str, **headers: str) -> None:
        self._url, self._session = f"{url}/users", targets.direct_session()
        self._session.headers.update(headers)

    def all(self) -> list[Json]:
        found: list[Json] = self._session.get(f"{self._url}?limit=100", timeout=30).json()["items"]
        return found

    def get(self, id: str) -> Json:
        found: Json = self._session.get(f"{self._url}/{id}", timeout=30).json()
        return found

    def add(self, name: str) -> Json:
        body = {"name": name, "email": f"{name.lower()}@example.org"}
        answer = self._session.post(self._url, json=body, timeout=30)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    def change(self, id: str, **members: str) -> None:
        assert self._session.patch(f"{self._url}/{id}", json=members, timeout=30).status_code == 200

    def clear(self) -> None:
        for user in self.all():
            self._session.delete(f"{self._url}/{user['id']}", timeout=30)
