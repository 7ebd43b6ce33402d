"""`make token`, and an API that takes what it prints."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.engines import ROOT, free_port
from tests.local_issuer.client import Client
from tests.targets import Target, forget
from tools.issuer import command, service, store
from tools.issuer.issuer import Issuer
from tools.refusals import Refusal

SCRIPT = """
from pathlib import Path
from tools.issuer import command, service, store
store.FOLDER, service.PORT = Path({folder!r}), {port}
command.main()
"""


@pytest.fixture
def printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """What stands in the token that is printed for an environment."""
    monkeypatch.setattr(service, "PORT", free_port())
    for name in [name for name in os.environ if name.startswith("AUTH")]:
        monkeypatch.delenv(name)

    def claims(**environ: str) -> dict[str, Any]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        command.main()
        said = capsys.readouterr()
        assert said.err == ""
        assert said.out.count("\n") == 1
        options: Any = {"verify_aud": False, "verify_exp": False}
        key = store.key().public_key()
        found: dict[str, Any] = jwt.decode(said.out.strip(), key, ["ES256"], options=options)
        return found

    return claims


def test_a_token_says_what_was_asked_for(printed: Callable[..., dict[str, Any]]) -> None:
    given = {"SUB": "ada", "SCOPES": "users:read  b", "EXPIRES": "60", "AUTH_AUDIENCE": "x y"}
    found = printed(**given)
    assert (found["sub"], found["scope"], found["aud"]) == ("ada", "users:read b", "x")
    assert found["exp"] - found["iat"] == 60
    assert found["iss"] == f"http://127.0.0.1:{service.PORT}"


def test_a_token_may_have_expired(printed: Callable[..., dict[str, Any]]) -> None:
    found = printed(EXPIRES="-60")
    assert found["exp"] - found["iat"] == -60


@pytest.mark.users
def test_without_words_it_is_good_for_everything_in_the_app(tmp_path: Path) -> None:
    """In a process of its own, which has the app alone: here tests have mounted more."""
    script = SCRIPT.format(folder=str(tmp_path), port=free_port())
    env = {n: v for n, v in os.environ.items() if not n.startswith(("AUTH", "SUB", "SCOPES"))}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    options: Any = {"verify_signature": False}
    found = jwt.decode(done.stdout.strip(), options=options)
    assert found["sub"] == "you"
    assert {"users:read", "users:write"} <= set(found["scope"].split())
    assert found["exp"] - found["iat"] == 3600


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"SUB": "a\tb"}, "SUB='a\\tb': give 1 to 255 printable characters."),
        ({"SCOPES": 'a"b'}, "SCOPES: 'a\"b' is none; separate them by spaces."),
        ({"EXPIRES": "1h"}, "EXPIRES=1h: give whole seconds; -60 makes a token that has expired."),
        ({"EXPIRES": "999999999"}, "EXPIRES=999999999: give whole seconds; "),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_one_line(
    environ: dict[str, str], says: str, printed: Callable[..., Any]
) -> None:
    with pytest.raises(Refusal) as refused:
        printed(SCOPES="a", **environ) if "SCOPES" not in environ else printed(**environ)
    assert str(refused.value).startswith(says)


@pytest.mark.configures
def test_an_api_takes_its_tokens(
    target: Target, issuer: Issuer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTH", raising=False)
    for name, value in issuer.settings.items():
        monkeypatch.setenv(name, value)
    forget()
    wares = f"{target.base_url}/wares"
    told = client.exchange(client.code(scope="openid wares:read", granted=("openid", "wares:read")))
    bearer = {"Authorization": f"Bearer {told.json()['access_token']}"}
    identity = {"Authorization": f"Bearer {told.json()['id_token']}"}
    try:
        without = target.session.get(wares, headers={"Authorization": None})
        assert without.json()["code"] == "unauthorized"
        assert target.session.get(wares, headers=bearer).status_code == 200
        refused = target.session.post(wares, headers=bearer, json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert target.session.get(wares, headers=identity).json()["code"] == "token_invalid"
    finally:
        monkeypatch.undo()
        forget()
