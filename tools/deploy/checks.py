"""What must hold before anything is deployed. Each check raises Refusal with what to do."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import ROOT, stages
from tools import policy as policies
from tools.deploy import python as pythons
from tools.refusals import Refusal
from tools.stages import Stage

VIAS = ("chalice", "package")
# The longest names that AWS takes: of a function and its role, and of a bucket.
FUNCTION_NAME = 64
BUCKET_NAME = 63


def deployable(name: str) -> Stage:
    """A stage that is on AWS."""
    if name in ("", "local"):
        raise Refusal("Stage local is this machine, where `make run` serves it: add STAGE=dev.")
    return stages.read(name)


def via(value: str) -> str:
    """One of VIAS."""
    if value not in VIAS:
        raise Refusal(f"VIA={value}: there is only {' and '.join(VIAS)}.")
    return value


def python(stage: Stage) -> None:
    """Chalice deploys for the Python that runs it, and what pip fetches is for that one too."""
    if line := pythons.wrong(stage.name, stage.python):
        raise Refusal(line)


def auth(stage: Stage) -> None:
    """Without AUTH the deployed API would answer 503 to everybody."""
    if not stage.environment.get("AUTH"):
        raise Refusal(
            f"Stage {stage.name} has no AUTH: set it in its environment_variables in "
            '.chalice/config.json ("AUTH": "none" serves everybody).'
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
