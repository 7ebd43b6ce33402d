"""What is refused before anything is deployed."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicekit.settings import Choice
from tests.engines import APP
from tools import ROOT, prerequisites, stages
from tools.deploy import checks
from tools.policies import policy
from tools.refusals import Refusal

ENVIRONMENT = {"APP_NAME": APP, "STAGE": "dev", "AUTH": "none"}
STAGE = replace(stages.read("dev"), environment=ENVIRONMENT)
ISSUER = "https://id.example.com"
TOKENS = {"AUTH": "", "AUTH_ISSUER": ISSUER, "AUTH_AUDIENCE": "https://api.example.com"}
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_takes_the_python_of_the_stage_alone() -> None:
    checks.python(replace(STAGE, python=HERE))
    other = next(python for python in prerequisites.PYTHONS if python != HERE)
    with pytest.raises(Refusal, match=rf"runs on Python {other}, and this is {HERE}: ") as raised:
        checks.python(replace(STAGE, python=other))
    assert f"add PYTHON=python{other} to the command" in str(raised.value)


def early(stage: str, config: dict[str, Any], folder: Path) -> str:
    """What the script says, in a folder of its own, without anything that is installed."""
    for name in ("tools", ".chalice"):
        (folder / name).mkdir(parents=True)
    script = folder / "tools/prerequisites.py"
    script.write_bytes((ROOT / "tools/prerequisites.py").read_bytes())
    (folder / ".chalice/config.json").write_text(json.dumps(config))
    command = [sys.executable, "-I", "-S", str(script), stage]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == (1 if done.stderr else 0)
    assert done.stderr.count("\n") == done.returncode
    return done.stderr


OLD = 'python_version is "2.7", and takes one of 3.11, 3.12, 3.13, 3.14, 3.15.'
NO_AUTH = (
    "Stage dev does not say who may call it: set AUTH_ISSUER and AUTH_AUDIENCE in its "
    'environment_variables in .chalice/config.json, or "AUTH": "none", which serves everybody.'
)
NO_STAGE = 'Stage dev needs STAGE to be "dev": set it in environment_variables in .chalice/config.'
NO_APP = f'Stage dev needs APP_NAME to be "{APP}": set it in environment_variables in .chalice/'


@pytest.mark.parametrize(
    ("stage", "whole", "own", "line"),
    [
        ("dev", {"python_version": "2.7"}, {"python_version": HERE}, ""),
        ("dev", {}, {"python_version": "2.7"}, OLD),
        ("dev", {"python_version": "2.7"}, {}, OLD),
        ("dev", {"python_version": "3.99"}, {}, 'python_version is "3.99", and takes one of'),
        ("local", {}, {}, "Stage local is this machine, where `make run` serves it: add STAGE=dev"),
        ("", {}, {}, "Stage local is this machine"),
        ("deev", {}, {}, "STAGE=deev: .chalice/config.json has only local, dev; to add one: docs/"),
        ("dev", {}, {"environment_variables": {}}, NO_STAGE),
        ("dev", {}, {"environment_variables": {"STAGE": "prod"}}, NO_STAGE),
        ("dev", {"environment_variables": {"APP_NAME": "other"}}, {}, NO_APP),
        ("dev", {"environment_variables": {}}, {}, NO_APP),
        ("dev", {}, {"environment_variables": {"STAGE": "dev"}}, NO_AUTH),
        ("dev", {"environment_variables": {"APP_NAME": APP, "AUTH": "none"}}, {}, ""),
        ("dev", {}, {"environment_variables": {"STAGE": "dev", "AUTH_ISSUER": "https://a"}}, ""),
        ("dev", {"stages": []}, {}, ""),  # said later, in full
        ("dev", {"stages": {"dev": None}}, {}, ""),
    ],
)
def test_asks_before_anything_is_installed(
    stage: str, whole: dict[str, Any], own: dict[str, Any], line: str, tmp_path: Path
) -> None:
    config: dict[str, Any] = {
        "app_name": APP,
        "python_version": HERE,
        "environment_variables": {"APP_NAME": APP},
        "stages": {
            "local": {},
            "dev": {"environment_variables": {"STAGE": "dev", "AUTH": "none"}} | own,
        },
    }
    said = early(stage, config | whole, tmp_path)
    assert line in said
    assert bool(line) == bool(said)


@pytest.mark.parametrize("environment", [{}, {"AUTH": ""}])
def test_wants_auth(environment: dict[str, str]) -> None:
    checks.settings(STAGE)
    given = {"APP_NAME": APP, "STAGE": "dev"} | environment
    with pytest.raises(Refusal, match=f"^{re.escape(NO_AUTH)}$"):
        checks.settings(replace(STAGE, environment=given))


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("AUTH", "None", "AUTH must be none, or unset where AUTH_ISSUER says whose tokens are "),
        ("AUTH", "jwt", "AUTH must be none, or unset where AUTH_ISSUER says whose tokens are "),
        ("AUTH_ISSUER", ISSUER, "set AUTH_AUDIENCE to what tokens for this API name as their "),
        ("AUTH_ISSUER", "http://id.example.com", "AUTH_ISSUER must be an https:// URL without a "),
        ("RATE_LIMIT", "many", "RATE_LIMIT must be a whole number of requests a minute, at most "),
        ("ORIGINS", "app.example.com", "ORIGINS: app.example.com is no origin; one is like "),
        ("ORIGINS", "https://a.example.com/", "ORIGINS: https://a.example.com/ is no origin; "),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR."),
        ("TABLE_USERS", "arn:aws:dynamodb", "TABLE_... takes the name of a table, not its ARN."),
        ("CORS_CREDENTIALS", "perhaps", "CORS_CREDENTIALS must be true or false."),
    ],
)
def test_wants_settings_that_the_api_takes(
    name: str, value: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "")  # the stage's own count, not those here
    with pytest.raises(Refusal) as raised:
        checks.settings(replace(STAGE, environment=ENVIRONMENT | {name: value}))
    assert str(raised.value).startswith(f".chalice/config.json, stage dev: {line}")


def test_wants_a_word_that_a_feature_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicekit.settings.CHOICES", [])
    choice = Choice("line-up", "ORDER", "up", "down")
    assert choice.of({}) == "up"
    for word in ("", "up", "down"):
        checks.settings(replace(STAGE, environment=ENVIRONMENT | {"LINE_UP_ORDER": word}))
    with pytest.raises(Refusal) as raised:
        checks.settings(replace(STAGE, environment=ENVIRONMENT | {"LINE_UP_ORDER": "Up"}))
    line = ".chalice/config.json, stage dev: LINE_UP_ORDER must be up or down."
    assert str(raised.value) == line


def test_takes_tokens_or_everybody() -> None:
    checks.settings(replace(STAGE, environment=ENVIRONMENT | TOKENS))
    with pytest.raises(Refusal, match="set AUTH=none or AUTH_ISSUER, not both"):
        checks.settings(replace(STAGE, environment=ENVIRONMENT | TOKENS | {"AUTH": "none"}))


def test_opens_production_to_everybody_only_where_it_is_said_twice() -> None:
    opened = {"APP_NAME": APP, "STAGE": "prod", "AUTH": "none"}
    prod = replace(STAGE, name="prod", environment=opened)
    with pytest.raises(Refusal, match=r"^\.chalice/config\.json, stage prod: set AUTH_NONE_STAGE="):
        checks.settings(prod)
    checks.settings(replace(prod, environment=opened | {"AUTH_NONE_STAGE": "prod"}))
    checks.settings(replace(prod, environment=opened | TOKENS))


@pytest.mark.parametrize(
    ("via", "kind", "environment", "refused"),
    [
        ("image", "AWS_IAM", TOKENS, True),
        ("image", "AWS_IAM", {}, False),
        ("image", "NONE", TOKENS, False),
        ("package", "AWS_IAM", TOKENS, False),  # which leaves UrlAuthType out, and says so
    ],
)
def test_takes_a_signature_or_a_token(
    via: str, kind: str, environment: dict[str, str], refused: bool
) -> None:
    stage = replace(STAGE, environment=ENVIRONMENT | environment, parameters={"UrlAuthType": kind})
    if refused:
        with pytest.raises(Refusal, match=r"^Stage dev: UrlAuthType AWS_IAM and AUTH_ISSUER excl"):
            checks.tokens(stage, via)
    else:
        checks.tokens(stage, via)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TURNSTILE_SECRET", "0x4AAA"),
        ("SMTP_PASSWORD", "hunter2"),
        ("Password", "hunter2"),
        ("GITHUB_TOKEN", "ghp_0"),
        ("STRIPE_API_KEY", "sk_live_0"),
        ("STRIPE_APIKEY", "sk_live_0"),
        ("PRIVATE_KEY", "MIIE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalr"),
        ("DB_PASS", "hunter2"),
        ("JWT_SIGNING_KEY", "c2VjcmV0"),
        ("clientSecret", "hunter2"),
        ("SECRET_KEY_BASE", "hunter2"),
        ("API_TOKEN", "arn:hunter2"),
        ("ID", "AKIA" + "A" * 16),
        ("HOOK", "ghp_" + "a" * 20),
        ("DSN", "Server=db;Password=hunter2"),
        ("SIGNING", "-----BEGIN EC PRIVATE KEY-----\nMHc"),
        ("DATABASE_URL", "postgres://api:hunter2@db.example.com/users"),
        ("CACHE", "redis://:hunter2@cache.example.com"),
    ],
)
def test_keeps_secrets_out_of_the_environment(name: str, value: str) -> None:
    with pytest.raises(Refusal) as raised:
        checks.secret(replace(STAGE, environment=ENVIRONMENT | {name: value}))
    line = str(raised.value)
    assert line.startswith(f".chalice/config.json, stage dev: {name} looks like a secret, and ")
    assert f"set {name}_PARAMETER or {name}_ARN to its name" in line
    assert value not in line.replace(name, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *TOKENS.items(),
        ("STRIPE_API_KEY", ""),
        ("STRIPE_API_KEY", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:stripe-AbC"),
        ("STRIPE_API_KEY_PARAMETER", "/users-api/dev/stripe"),
        ("SMTP_PASSWORD_ARN", "arn:aws:ssm:eu-central-1:123456789012:parameter/smtp"),
        ("CSRF_TOKEN", "true"),
        ("TOKENS", "many"),
        ("TOKEN_SECONDS", "3600"),
        ("SECRETARY", "Ada"),
        ("AUTH_KEYS_URL", "https://id.example.com:8443/keys@1"),
        ("CORS_CREDENTIALS", "true"),
        ("CORS_HEADERS", "X-Api-Key, X-Token"),
        ("PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----"),
    ],
)
def test_takes_nothing_else_for_a_secret(name: str, value: str) -> None:
    checks.secret(replace(STAGE, environment=ENVIRONMENT | {name: value}))


@pytest.mark.parametrize("own", [True, False])
def test_looks_for_secrets_of_single_functions(own: bool, tmp_path: Path) -> None:
    functions = {
        "lambda_functions": {"api_handler": {"environment_variables": {"API_KEY": "1234"}}}
    }
    whole = {"app_name": APP, "stages": {"dev": functions if own else {}}}
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice/config.json").write_text(json.dumps(whole | ({} if own else functions)))
    with pytest.raises(Refusal, match="API_KEY looks like a secret"):
        checks.secret(STAGE, tmp_path)


@pytest.mark.parametrize("name", ["STAGE", "APP_NAME"])
def test_wants_the_names_that_tables_are_made_from(name: str) -> None:
    wanted = ENVIRONMENT[name]
    with pytest.raises(Refusal, match=f'^Stage dev needs {name} to be "{wanted}": set it in '):
        checks.settings(replace(STAGE, environment=ENVIRONMENT | {name: "other"}))


def test_wants_the_policy_that_the_api_needs(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"^\.chalice/policy-dev\.json lacks .+: make policy\.$"):
        checks.policy(STAGE, tmp_path)
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice/policy-dev.json").write_text(json.dumps(policy.document(STAGE)))
    checks.policy(STAGE, tmp_path)


def test_knows_its_ways() -> None:
    for name in ("chalice", "package", "image"):
        assert checks.via(name) == name
    with pytest.raises(Refusal, match=r"^VIA=terraform: there is only chalice, package and image"):
        checks.via("terraform")


def test_refuses_names_that_are_too_long() -> None:
    assert checks.fits("a" * 64, checks.FUNCTION_NAME, "The function") == "a" * 64
    with pytest.raises(Refusal, match="65 characters, and AWS takes 64"):
        checks.fits("a" * 65, checks.FUNCTION_NAME, "The function")


@pytest.fixture
def with_bucket(tmp_path: Path) -> Path:
    """A project whose data are in a bucket."""
    name = {"Fn::Sub": "${App}-${Stage}-images-${AWS::AccountId}"}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/data.json").write_text(json.dumps({"Resources": {"Images": bucket}}))
    return tmp_path


@pytest.mark.parametrize(
    ("app", "stage"),
    [
        ("Users_API", "dev"),
        ("users_api", "dev"),
        ("UsersAPI", "dev"),
        ("users.api", "dev"),
        ("-users", "dev"),
        ("xn--users", "dev"),
        ("users", "Dev"),
        ("users", "dev_2"),
    ],
)
def test_wants_names_that_s3_takes(app: str, stage: str, with_bucket: Path) -> None:
    with pytest.raises(Refusal) as raised:
        checks.buckets(replace(STAGE, app=app, name=stage), with_bucket)
    assert str(raised.value) == (
        f"A bucket would be called {app}-{stage}-images-<account>, and its name takes small "
        "letters, digits and hyphens: change app_name and APP_NAME in .chalice/config.json, or "
        "the stage's name."
    )


def test_wants_names_that_s3_has_room_for(with_bucket: Path) -> None:
    longest = "a" * (63 - len("-dev-images-000000000000"))
    checks.buckets(replace(STAGE, app=longest), with_bucket)
    with pytest.raises(Refusal, match=r"^A bucket would be called .*: 64 characters, and AWS tak"):
        checks.buckets(replace(STAGE, app=f"{longest}a"), with_bucket)


def test_takes_any_name_where_there_is_no_bucket(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/data.json").write_text('{"Resources": {}}')
    checks.buckets(replace(STAGE, app="Users_API"), tmp_path)


def test_lets_one_at_a_time_change_a_stage(tmp_path: Path) -> None:
    holder = (
        "import sys; from pathlib import Path; from tools import stages; "
        "from tools.deploy import checks\n"
        "with checks.locked(stages.read('dev'), Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holder, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Refusal) as raised, checks.locked(STAGE, tmp_path):
            pytest.fail("held twice")
        assert re.fullmatch(
            rf"Stage dev is being changed already, by process {other.pid}, "
            r"since \d\d:\d\d:\d\d: wait until it has ended\.",
            str(raised.value),
        )
        with checks.locked(replace(STAGE, name="prod"), tmp_path):
            pass  # another stage is another lock
        other.kill()
    with checks.locked(STAGE, tmp_path):
        pass  # the kernel frees the lock of a process that was killed


def test_what_a_longer_line_left_in_the_lock_is_gone(tmp_path: Path) -> None:
    file = tmp_path / ".local/deploy-dev.lock"
    file.parent.mkdir()
    file.write_text("left by another " * 9)
    with checks.locked(STAGE, tmp_path):
        assert re.fullmatch(r"process \d+, since \d\d:\d\d:\d\d", file.read_text())


def made(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--dry-run", "deploy", *arguments]
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}  # of `make check`
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_make_asks_before_it_installs() -> None:
    scripts = re.findall(r"tools[/.]\w+", made("STAGE=dev").stdout)
    assert scripts == ["tools/prerequisites", "tools/install", "tools.deploy"]


def test_make_says_that_there_is_no_such_python() -> None:
    done = made("STAGE=dev", "PYTHON=python-nowhere")
    assert done.stdout == ""
    assert re.fullmatch(
        r"Makefile:\d+: \*\*\* PYTHON=python-nowhere: there is no such Python here\.  Stop\.\n",
        done.stderr,
    )
