"""Tokens of a real OpenID Connect provider; its keys change, and it dies, while requests run."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jwt
import pytest
import requests

from tests.contract.client import Api, assert_problem
from tests.engines import dynoxide
from tests.issuing import AUDIENCE
from tests.plain_http.server import Server, serving
from tests.security.provider import Provider, provider
from tests.targets import Configure, direct_session

pytestmark = [pytest.mark.slow, pytest.mark.users]

IMPATIENT = "tests.security.impatient:app"
BOTH = "users:read users:write"


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Provider]:
    with provider(tmp_path) as running:
        yield running


@pytest.mark.configures
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_its_tokens_open_what_their_scopes_say(
    users: Api, real: Provider, configure: Configure, algorithm: str
) -> None:
    real.rotate(algorithm)
    configure(**real.settings)
    token = real.token("users:read")
    assert jwt.get_unverified_header(token)["alg"] == algorithm
    reader = {"Authorization": f"Bearer {token}"}
    assert users.send("GET", "/users", headers=reader).status_code == 200
    assert_problem(users.post(users.resource.sample(), reader), 403, "forbidden")
    writer = {"Authorization": f"Bearer {real.token(BOTH)}"}
    assert users.post(users.resource.sample(), writer).status_code == 201


@contextmanager
def served(directory: Path, real: Provider) -> Iterator[Server]:
    """The API by plain HTTP, in a process of its own."""
    with (
        dynoxide(directory) as engine,
        serving(
            directory,
            target=IMPATIENT,
            AUTH="",
            AWS_ENDPOINT_URL=engine.url,
            AUTH_ISSUER=real.url,
            AUTH_AUDIENCE=AUDIENCE,
        ) as running,
    ):
        yield running


class Callers:
    """Threads that call again and again, and count the answers since they were last asked."""

    def __init__(self, url: str) -> None:
        self._url, self.token = url, ""
        self._seen: Counter[int] = Counter()
        self._lock, self._over = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._call, daemon=True) for _ in range(4)]

    def begin(self, token: str) -> None:
        self.token = token
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=20)

    def seen(self, seconds: float) -> Counter[int]:
        with self._lock:
            self._seen.clear()
        time.sleep(seconds)
        with self._lock:
            return Counter(self._seen)

    def _call(self) -> None:
        session: requests.Session = direct_session()
        while not self._over.is_set():
            headers = {"Authorization": f"Bearer {self.token}"}
            answer = session.get(f"{self._url}/users", headers=headers, timeout=20)
            with self._lock:
                self._seen[answer.status_code] += 1
            time.sleep(0.005)


def test_a_rotation_and_a_death_while_requests_run(tmp_path: Path, real: Provider) -> None:
    with served(tmp_path, real) as server:
        callers = Callers(server.url)
        callers.begin(old := real.token(BOTH))
        try:
            through_all(server, real, callers, old)
        finally:
            callers.end()
        assert "Traceback" not in server.output
        assert any(line["event"] == "issuer_away" for line in server.lines)


def through_all(server: Server, real: Provider, callers: Callers, old: str) -> None:
    assert callers.seen(1).keys() == {200}
    real.rotate("ES256")
    callers.token = real.token(BOTH)
    callers.seen(1.5)  # the new key may be asked for once the pause is over
    assert callers.seen(1).keys() == {200}
    refused = get(server, old)
    assert_problem(refused, 401, "token_invalid")
    real.kill()
    during = callers.seen(4)  # twice as long as keys are fresh here
    assert during.keys() == {200}
    assert during[200] > 50
    real.start()
    callers.token = real.token(BOTH)
    callers.seen(2.5)
    assert callers.seen(1).keys() == {200}


def test_without_the_provider_from_the_start(tmp_path: Path, real: Provider) -> None:
    token = real.token(BOTH)
    real.kill()
    with served(tmp_path, real) as server:
        assert_problem(get(server, token), 503, "issuer_unavailable")
        assert requests.get(f"{server.url}/health", timeout=5).status_code == 200


def get(server: Server, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{server.url}/users", headers=headers, timeout=20)
