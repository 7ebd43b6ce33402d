"""`make run AUTH_ISSUER=...`: real tokens on a laptop, of the local issuer or of another one."""

import os
import re
import stat
import subprocess
from contextlib import suppress

import requests

from tests.issuing import AUDIENCE, Issuing
from tests.running.clone import ADA, ENVIRONMENT, Clone, Server, until
from tools.issuer.issuer import KEYS

SAYS = re.compile(
    r"Asks for tokens of the local issuer, (http://127\.0\.0\.1:\d+): "
    r"log in on the first page, or TOKEN=\$\(make -s token\)\."
)


def token(clone: Clone, *arguments: str) -> dict[str, str]:
    """The header with what `make -s token` prints."""
    done = subprocess.run(
        ["make", "-s", "token", *arguments],
        cwd=clone.folder,
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", done.stdout)
    return {"Authorization": f"Bearer {done.stdout.strip()}"}


def code(server: Server, headers: dict[str, str] | None = None) -> str:
    """The code of the problem that a list of users is; "" where it is none, "away" without any."""
    with suppress(requests.ConnectionError):
        answer = requests.get(f"{server.url}/users", headers=headers, timeout=10)
        return str(answer.json().get("code", ""))
    return "away"


def address(server: Server) -> str:
    said = SAYS.search(server.output)
    assert said, server.output
    return said[1]


def test_the_local_issuer_lives_as_long_as_make_run(clone: Clone) -> None:
    before = token(clone)  # while nothing runs
    server = clone.make("AUTH_ISSUER=local").serving()
    url = address(server)
    assert "AUTH=none" not in server.output
    assert code(server) == "unauthorized"
    assert code(server, before) == ""
    reader = token(clone, "SUB=ada", "SCOPES=users:read")
    made = requests.post(f"{server.url}/users", json=ADA, headers=reader, timeout=10)
    assert (made.status_code, made.json()["code"]) == (403, "forbidden")
    assert code(server, token(clone, "EXPIRES=-60")) == "token_expired"
    key = clone.folder / ".local/issuer/key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600

    kept = requests.get(url + KEYS, timeout=5).json()
    home = clone.folder / "chalicelib/home.py"
    home.write_text(home.read_text().replace('"ok"', '"edited"'))

    def reloaded() -> bool:
        assert requests.get(url + KEYS, timeout=5).json() == kept, "all the time"
        with suppress(requests.ConnectionError):
            return "edited" in server.get("/health").text
        return False

    until(reloaded, told=lambda: server.output)
    assert code(server, reader) == ""
    server.ctrl_c()
    server.wait()
    until(clone.ended)
    assert "Traceback" not in server.output

    again = clone.make("AUTH_ISSUER=local").serving()
    assert address(again) == url
    assert code(again, before) == ""


def test_plain_chalice_local_has_it_too_and_the_last_server_keeps_it(clone: Clone) -> None:
    one = clone.chalice("--no-autoreload", AUTH_ISSUER="local").serving()
    two = clone.chalice(AUTH_ISSUER="local").serving()
    url = address(one)
    assert address(two) == url
    bearer = token(clone)
    assert [code(server, bearer) for server in (one, two)] == ["", ""]
    kept = requests.get(url + KEYS, timeout=5).json()
    one.ctrl_c()
    one.wait()

    def served() -> bool:
        with suppress(requests.ConnectionError):
            return bool(requests.get(url + KEYS, timeout=5).json() == kept)
        return False

    until(served)
    assert code(two, bearer) == ""


def test_two_clones_have_issuers_of_their_own(clone: Clone) -> None:
    with Issuing() as other:
        folder = clone.folder / ".local/issuer"
        folder.mkdir(parents=True)
        taken = other.url.rpartition(":")[2]
        (folder / "port").write_text(taken)
        server = clone.make("AUTH_ISSUER=local").serving()
    assert address(server) != other.url
    assert server.output.count(f"Port {taken} is taken: the local issuer is now on ") == 1
    assert code(server, token(clone)) == ""


def test_another_issuer_is_named_with_its_audience(clone: Clone) -> None:
    with Issuing() as issuer:
        server = clone.make(f"AUTH_ISSUER={issuer.url}", f"AUTH_AUDIENCE={AUDIENCE}").serving()
        assert (
            f"Asks for tokens of {issuer.url} for {AUDIENCE}: "
            "with AUTH_CLIENT_ID, too, the first page can log in."
        ) in server.output.splitlines()
        assert code(server) == "unauthorized"
        assert code(server, issuer.bearer()) == ""
        assert not (clone.folder / ".local/issuer").exists()


def test_an_issuer_without_audience_is_one_line(clone: Clone) -> None:
    made = clone.chalice("--no-autoreload", AUTH_ISSUER="https://login.example.org")
    assert made.wait() == 1
    (line,) = made.output.splitlines()
    assert line.startswith("set AUTH_AUDIENCE to what tokens for this API name as their audience")
    until(clone.ended)
