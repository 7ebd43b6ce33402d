"""Security misconfiguration (OWASP API8:2023): a stage that is not settled serves nobody."""

from pathlib import Path
from typing import Any

import pytest

from chalicekit import settings
from chalicekit.settings import SettingError
from tests.contract.client import Api, assert_problem
from tests.issuing import Issuing
from tests.targets import Configure
from tools import ROOT, config

pytestmark = [pytest.mark.configures, pytest.mark.users]

STAGE = {"APP_NAME": "api", "STAGE": "dev"}
TRUST = {"AUTH_ISSUER": "https://login.example.org/", "AUTH_AUDIENCE": "api"}


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "set AUTH_ISSUER and AUTH_AUDIENCE to say whose tokens are accepted, or AUTH=none"),
        ({"AUTH": "oidc"}, "AUTH must be none, or unset where AUTH_ISSUER"),
        ({"AUTH": "NONE"}, "AUTH must be none, or unset where AUTH_ISSUER"),
        ({"AUTH": "oidc"} | TRUST, "AUTH must be none, or unset where AUTH_ISSUER"),
        ({"AUTH": "none"} | TRUST, "set AUTH=none or AUTH_ISSUER, not both"),
        ({"AUTH": "none", "STAGE": "prod"}, "set AUTH_NONE_STAGE=prod, too, if everybody may"),
        ({"AUTH": "none", "STAGE": "Production-eu"}, "set AUTH_NONE_STAGE=Production-eu, too"),
        ({"AUTH": "none", "STAGE": "live"}, "set AUTH_NONE_STAGE=live, too"),
        ({"AUTH": "none", "STAGE": "eu-prod"}, "set AUTH_NONE_STAGE=eu-prod, too"),
        ({"AUTH": "none", "STAGE": "acme_live2"}, "set AUTH_NONE_STAGE=acme_live2, too"),
        ({"AUTH": "none", "STAGE": "prd"}, "set AUTH_NONE_STAGE=prd, too"),
        ({"AUTH": "none", "STAGE": "reprod"}, ""),
        ({"AUTH": "none", "STAGE": "prod", "AUTH_NONE_STAGE": "dev"}, "set AUTH_NONE_STAGE=prod"),
        ({"AUTH": "none", "STAGE": "prod", "AUTH_NONE_STAGE": "true"}, "set AUTH_NONE_STAGE=prod"),
        ({"AUTH": "none", "STAGE": "prod", "AUTH_NONE_STAGE": "prod"}, ""),
        ({"AUTH": "none"}, ""),
        (TRUST, ""),
        ({"STAGE": "prod"} | TRUST, ""),
    ],
    ids=str,
)
def test_who_may_call_must_be_said(env: dict[str, str], said: str) -> None:
    refusing = settings.read(STAGE | env).refusing
    assert refusing.startswith(said)
    assert bool(refusing) == bool(said)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"AUTH_AUDIENCE": ""}, "set AUTH_AUDIENCE to what tokens for this API name"),
        ({"AUTH_AUDIENCE": " , "}, "set AUTH_AUDIENCE"),
        ({"AUTH_ISSUER": "login.example.org"}, "AUTH_ISSUER must be an https:// URL"),
        ({"AUTH_ISSUER": "http://login.example.org"}, "AUTH_ISSUER must be an https:// URL"),
        ({"AUTH_ISSUER": "http://127.0.0.1.evil.org"}, "AUTH_ISSUER must be an https:// URL"),
        ({"AUTH_ISSUER": "http://localhost@evil.org"}, "AUTH_ISSUER must be an https:// URL"),
        ({"AUTH_ISSUER": "https://"}, "AUTH_ISSUER must be an https:// URL"),
        ({"AUTH_ISSUER": "https://a.example/?x"}, "AUTH_ISSUER must be an https:// URL"),
        ({"AUTH_ISSUER": "https://a.example/ b"}, "AUTH_ISSUER must be an https:// URL"),
        ({"AUTH_ISSUER": "https://[::1"}, "AUTH_ISSUER must be an https:// URL"),
        ({"AUTH_ISSUER": "file:///etc/passwd"}, "AUTH_ISSUER must be an https:// URL"),
        ({"AUTH_KEYS_URL": "http://keys.example.org"}, "AUTH_KEYS_URL must be an https:// URL"),
        ({"AUTH_ALGORITHMS": "HS256"}, "AUTH_ALGORITHMS: HS256 is not among RS256, ES256, EdDSA"),
        ({"AUTH_ALGORITHMS": "RS256,none"}, "AUTH_ALGORITHMS: none is not among"),
        ({"AUTH_LEEWAY": "301"}, "AUTH_LEEWAY must be a whole number of seconds, at most 300"),
        ({"AUTH_LEEWAY": "-1"}, "AUTH_LEEWAY must be"),
        ({"AUTH_LEEWAY": "1.5"}, "AUTH_LEEWAY must be"),
        ({"AUTH_LEEWAY": "١"}, "AUTH_LEEWAY must be"),
    ],
    ids=str,
)
def test_a_trust_that_makes_no_sense(changed: dict[str, str], said: str) -> None:
    with pytest.raises(SettingError) as caught:
        settings.read(STAGE | TRUST | changed)
    assert str(caught.value).startswith(said)
    assert "evil" not in str(caught.value), "the value is not said again"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000", "http://localhost:9000/realm", "http://[::1]:9000"]
)
def test_an_issuer_on_this_machine_needs_no_certificate(url: str) -> None:
    trust = settings.read(STAGE | TRUST | {"AUTH_ISSUER": url}).trust
    assert trust
    assert trust.issuer == url


def test_what_a_trust_is_read_from() -> None:
    env = TRUST | {
        "AUTH_AUDIENCE": "one, two three",
        "AUTH_ALGORITHMS": "ES256, EdDSA",
        "AUTH_LEEWAY": "0",
        "AUTH_KEYS_URL": "https://login.example.org/keys",
        "AUTH_CLIENT_ID": "page",
        "AUTH_SCOPE_PREFIX": "api/",
    }
    trust = settings.read(STAGE | env).trust
    assert trust
    assert (trust.audiences, trust.algorithms) == (("one", "two", "three"), ("ES256", "EdDSA"))
    assert (trust.leeway, trust.keys_url) == (0, "https://login.example.org/keys")
    assert (trust.client_id, trust.scope_prefix) == ("page", "api/")


@pytest.mark.parametrize(
    "env",
    [
        {"AUTH": None},
        {"AUTH": "yes"},
        {"AUTH": "none", "STAGE": "prod"},
        {"AUTH": None, "AUTH_ISSUER": "https://a.example"},
        {"AUTH": "none", "AUTH_ISSUER": "https://a.example", "AUTH_AUDIENCE": "x"},
        {"AUTH": None, "AUTH_ISSUER": "nonsense", "AUTH_AUDIENCE": "x"},
    ],
    ids=str,
)
def test_a_stage_that_is_not_settled_serves_nobody(
    users: Api, issuer: Issuing, configure: Configure, env: dict[str, str | None]
) -> None:
    configure(**env)
    for headers in ({}, issuer.bearer()):
        for response in (
            users.send("GET", "/users", headers=headers),
            users.post(users.resource.sample(), headers),
            users.send("GET", "/", headers=headers),
            users.send("GET", "/health", headers=headers),
            users.send("GET", "/nope", headers=headers),
        ):
            body = assert_problem(response, 503, "not_configured")
            assert "AUTH" not in body["detail"], "what lacks is in the log, for the owner"


def test_no_stage_of_ours_is_open_by_default() -> None:
    """What `git clone` gives must be set up before it is deployed."""
    stages: dict[str, Any] = config.read(ROOT)["stages"]
    for name, stage in stages.items():
        env = {"APP_NAME": "api"} | stage["environment_variables"]
        assert bool(settings.read(env).refusing) == (name != "local"), name


def test_an_open_stage_imports_nothing_of_tokens() -> None:
    """It pays neither with its cold start nor with its memory."""
    import subprocess
    import sys

    program = (
        "import sys; from app import app; from chalicekit import settings; settings.current();"
        "print(sorted({'jwt', 'cryptography', 'chalicekit.tokens', 'chalicekit.issuer',"
        "'chalicekit.limits', 'chalicekit.trust'} & {*sys.modules}))"
    )
    env = {"PYTHONPATH": str(ROOT / "vendor"), "AWS_LAMBDA_FUNCTION_NAME": "x"} | STAGE
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=env | {"AUTH": "none"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_no_setting_of_the_api_is_a_secret() -> None:
    """Keys are the issuer's, and public: there is nothing to steal from the environment."""
    names = [*Path(ROOT / "docs/settings.md").read_text().split("`")]
    words = ("SECRET", "PASSWORD", "PRIVATE")
    assert not [name for name in names if name.isupper() and any(w in name for w in words)]
