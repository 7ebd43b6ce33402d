"""`make fuzz` tries what is on this machine, and another host's API only where confirmed."""

import pytest

from tools import fuzz
from tools.refusals import Refusal


def test_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "abc")
    run = fuzz.command("http://127.0.0.1:8000/", seed="8")
    assert run[3:] == [
        *("run", "http://127.0.0.1:8000/openapi.json", "--seed", "8"),
        *("--header", "Authorization:Bearer abc"),
    ]


def test_another_host_is_confirmed() -> None:
    url = "https://api.example.com/dev"
    with pytest.raises(Refusal, match=r"deletes whatever it finds.*CONFIRM=api\.example\.com\Z"):
        fuzz.command(url)
    assert fuzz.command(url, confirm="api.example.com")[4] == f"{url}/openapi.json"


def test_no_host() -> None:
    with pytest.raises(Refusal, match="Say where the API is"):
        fuzz.command("nonsense")
