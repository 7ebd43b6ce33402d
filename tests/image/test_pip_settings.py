"""What of pip's settings here reaches the pip inside of a build."""

from pathlib import Path

import pytest

from tools.image import pip_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without anything, and a pip without settings."""
    for name in ("NETRC", "PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pip_settings, "read", dict)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_netrc_is_handed_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pip_settings.secrets(home) == {"pip": home / "pip.conf"}
    (home / ".netrc").touch()
    assert pip_settings.secrets(home)["netrc"] == home / ".netrc"
    (home / "another").touch()
    monkeypatch.setenv("NETRC", str(home / "another"))
    assert pip_settings.secrets(home)["netrc"] == home / "another"


def test_the_way_to_the_index_is_handed_on_and_nothing_else() -> None:
    settings = {
        "proxy": "http://proxy.example:3128",
        "trusted-host": "index.example",
        "timeout": "60",
        "retries": "9",
    }
    written = pip_settings.written(settings | {"user": "true"}, certificates=False)
    assert written.splitlines() == ["[global]", *(f"{k} = {v}" for k, v in settings.items())]
