"""What must hold before anything is deployed. Each check raises Refusal with what to do."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import ROOT, kit, prerequisites, stages
from tools.policies import policy as policies
from tools.refusals import Refusal
from tools.stages import Stage

VIAS = ("chalice", "package", "image")
# The longest names that AWS takes: of a function and its role, and of a bucket.
FUNCTION_NAME = 64
BUCKET_NAME = 63


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
    from chalicekit.settings import SettingError, read

    try:
        line = read(stage.environment).refusing
    except SettingError as error:
        line = str(error)
    if line:
        raise Refusal(f".chalice/config.json, stage {stage.name}: {line}.")


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
