"""What must hold before anything is deployed. Each check raises Refusal with what to do."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import ROOT, config, kit, prerequisites, stages
from tools.data import tables
from tools.policies import policy as policies
from tools.refusals import Refusal
from tools.stages import Stage

VIAS = ("chalice", "package", "image")
# The longest names that AWS takes: of a function and its role, and of a bucket.
FUNCTION_NAME = 64
BUCKET_NAME = 63
# S3 takes dots, too, but with one no certificate fits the address of a bucket.
BUCKET = re.compile(r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]*")
ACCOUNT = "0" * 12  # as long as any
# How the names of secrets end. One that goes on, as in ..._ARN or ..._PARAMETER, says where it is.
SECRET_NAME = re.compile(
    r"(?:^|_)(?:SECRETS?|PASSWORDS?|PASSWD|PASS|PWD|PASSPHRASE|TOKEN|PAT|CREDENTIALS"
    r"|API_?KEY|(?:SECRET|PRIVATE|ACCESS|SIGNING|ENCRYPTION|JWT|MASTER)_KEY(?:_BASE)?"
    r"|SECRET_VALUE)$|[a-z](?:Secret|Password|Token|ApiKey)$",
    re.IGNORECASE,
)
# A private key, a password in an address, and what begins as keys of known services do.
SECRET_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|[a-z]://[^/?#\s:@]*:[^/?#\s@]+@|[?;&][Pp]assword="
    r"|\bA[KS]IA[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20}|\bsk_live_|\bxox[abp]-"
)
HARMLESS = re.compile(r"|arn:(?:[^:\s]*:){4}\S+|true|false|yes|no|on|off|[01]", re.IGNORECASE)


def deployable(name: str) -> Stage:
    """A stage that is on AWS."""
    if name in ("", "local"):
        raise Refusal(prerequisites.LOCAL)
    return stages.read(name)


def via(value: str) -> str:
    """One of VIAS."""
    if value not in VIAS:
        raise Refusal(f"VIA={value}: there is only {', '.join(VIAS[:-1])} and {VIAS[-1]}.")
    return value


def python(stage: Stage) -> None:
    """Chalice deploys for the Python that runs it, and what pip fetches is for that one too."""
    if line := prerequisites.python(stage.name, stage.python):
        raise Refusal(line)


def settings(stage: Stage) -> None:
    """With settings that make no sense, the deployed API would answer 503 to everybody."""
    if line := prerequisites.settings(stage.name, stage.app, stage.environment):
        raise Refusal(line)
    kit.on_path()
    from chalicekit.settings import SettingError, of_feature, read

    try:
        line = read(stage.environment).refusing
        for mailbox in kit.mailboxes():
            given = of_feature(mailbox.name, stage.environment)
            if given.keys() & {"FROM", "TO"}:
                mailbox.addresses(given)  # with neither, the stage sends none
        for choice in kit.choices():
            choice.of(of_feature(choice.feature, stage.environment))
    except SettingError as error:
        line = str(error)
    if line:
        raise Refusal(f".chalice/config.json, stage {stage.name}: {line}.")


def buckets(stage: Stage, root: Path = ROOT) -> None:
    """What is no name of a bucket would be refused in the midst of a deployment."""
    for name in tables.buckets(stage.app, stage.name, ACCOUNT, root / "infra/data.json").values():
        fits(name, BUCKET_NAME, "A bucket")
        if not BUCKET.fullmatch(name):
            raise Refusal(
                f"A bucket would be called {name.removesuffix(ACCOUNT)}<account>, and its name "
                "takes small letters, digits and hyphens: change app_name and APP_NAME in "
                ".chalice/config.json, or the stage's name."
            )


def secret(stage: Stage, root: Path = ROOT) -> None:
    """What a function has in its environment is shown to whoever may look at the function."""
    for environment in (stage.environment, *_of_functions(stage, root)):
        for name, value in environment.items():
            if SECRET_VALUE.search(value) or (
                SECRET_NAME.search(name) and not HARMLESS.fullmatch(value)
            ):
                raise Refusal(
                    f".chalice/config.json, stage {stage.name}: {name} looks like a secret, and "
                    "would stand in git, in the template, and before whoever may look at the "
                    "function. Keep it in SSM Parameter Store (SecureString) or Secrets Manager, "
                    f"set {name}_PARAMETER or {name}_ARN to its name, and read it at first use."
                )


def _of_functions(stage: Stage, root: Path) -> Iterator[dict[str, str]]:
    """What single functions have in their environments beside what all have."""
    whole = config.read(root)
    for keys in (whole, whole["stages"][stage.name]):
        for function in keys.get("lambda_functions", {}).values():
            yield function.get("environment_variables", {})


def tokens(stage: Stage, via: str) -> None:
    """A request has one header Authorization: for a signature, or for a token."""
    signed = via == "image" and stage.parameters.get("UrlAuthType") == "AWS_IAM"
    if signed and stage.environment.get("AUTH_ISSUER"):
        raise Refusal(
            f"Stage {stage.name}: UrlAuthType AWS_IAM and AUTH_ISSUER exclude each other, for a "
            "signature takes the header that tokens come in: set UrlAuthType to NONE, or AUTH=none "
            "in place of AUTH_ISSUER."
        )


def policy(stage: Stage, root: Path = ROOT) -> None:
    """With another policy than the API needs, DynamoDB would refuse it."""
    if line := policies.stale(stage, root):
        raise Refusal(f"{line}.")


def fits(name: str, longest: int, what: str) -> str:
    """The name itself, where AWS takes one of that length."""
    if len(name) > longest:
        raise Refusal(
            f"{what} would be called {name}: {len(name)} characters, and AWS takes {longest}. "
            "Shorten app_name and APP_NAME in .chalice/config.json, or the stage's name."
        )
    return name


@contextmanager
def locked(stage: Stage, root: Path = ROOT) -> Iterator[None]:
    """Only one command that changes this stage runs in this clone."""
    file = root / f".local/deploy-{stage.name}.lock"
    file.parent.mkdir(exist_ok=True)
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            whose = lock.read().strip() or "a process that has just begun"
            raise Refusal(
                f"Stage {stage.name} is being changed already, by {whose}: wait until it has ended."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, since {time.strftime('%H:%M:%S')}")
        lock.flush()
        yield
