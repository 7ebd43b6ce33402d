"""Who may call a local API, as its environment says."""

import os
from collections.abc import Callable, Iterator

import pytest

from tools.issuer import service
from tools.issuer.issuer import Issuer
from tools.local import callers
from tools.refusals import Refusal

FOREIGN = {"AUTH_ISSUER": "https://login.example.org", "AUTH_AUDIENCE": "books,more"}
Settle = Callable[..., str]


@pytest.fixture
def settle() -> Iterator[Settle]:
    """The line for an environment, which is then as `os.environ` says."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AUTH")]:
            patch.delenv(name)

        def line(host: str = "127.0.0.1", **environ: str) -> str:
            for name, value in environ.items():
                patch.setenv(name, value)
            return callers.settle(host)

        yield line
        for name in ("AUTH", "AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_CLIENT_ID"):
            os.environ.pop(name, None)


def test_without_an_issuer_it_is_open_where_nobody_else_reaches_it(settle: Settle) -> None:
    said = "Open without authentication (AUTH=none): only this machine reaches it."
    assert settle() == said
    assert os.environ["AUTH"] == "none"
    assert settle("0.0.0.0") == (
        "Open without authentication (AUTH=none): so do all who reach 0.0.0.0."
    )


def test_what_others_reach_is_not_opened(settle: Settle) -> None:
    assert settle("0.0.0.0") == ""
    assert "AUTH" not in os.environ


def test_an_issuer_that_is_named_closes_what_the_stage_opens(settle: Settle) -> None:
    said = "Asks for tokens of https://login.example.org for books or more: "
    assert settle(AUTH="none", **FOREIGN) == (
        f"{said}with AUTH_CLIENT_ID, too, the first page can log in."
    )
    assert "AUTH" not in os.environ
    assert settle(AUTH_CLIENT_ID="spa") == f"{said}log in on the first page."


def test_the_local_issuer_completes_the_settings(
    settle: Settle, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "begin", lambda _: issuer)
    assert settle(AUTH="none", AUTH_ISSUER="local") == (
        f"Asks for tokens of the local issuer, {issuer.url}: "
        "log in on the first page, or TOKEN=$(make -s token)."
    )
    assert "AUTH" not in os.environ
    assert {name: os.environ[name] for name in issuer.settings} == issuer.settings


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("AUTH_AUDIENCE", "", "set AUTH_AUDIENCE to what tokens for this API name"),
        ("AUTH_ISSUER", "http://login.example.org", "AUTH_ISSUER must be an https:// URL"),
        ("AUTH_ISSUER", "Local", "AUTH_ISSUER must be an https:// URL"),
    ],
)
def test_an_issuer_that_makes_no_sense_is_one_line(
    settle: Settle, name: str, value: str, says: str
) -> None:
    with pytest.raises(Refusal, match=rf"^{says}[^\n]*\.$"):
        settle(**FOREIGN | {name: value})
