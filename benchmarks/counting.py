"""A handler in a process of its own, as Lambda starts it, and the instructions that it takes.

Instructions counted by valgrind repeat to a millionth on a noisy machine; milliseconds do not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from tools import ROOT, stages
from tools.deploy import payload
from tools.stages import Stage

COUNTING = ("valgrind", "--tool=cachegrind", "--cache-sim=no")
PYTHON: str = getattr(sys, "_base_executable", sys.executable)
TABLES = {"app": "users-api", "stage": "bench"}

USER = {  # as the app itself keeps one
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "created_at": "2026-11-20T14:40:11.902Z",
    "updated_at": "2026-11-20T14:40:11.902Z",
    "etag": "8be2d1f5b1a90c63",
    "_table": "users",
}

EVENT: dict[str, Any] = {
    "resource": "/users/{id}",
    "path": "/users/7",
    "httpMethod": "GET",
    "headers": {"accept": "application/json"},
    "multiValueHeaders": {"accept": ["application/json"]},
    "queryStringParameters": None,
    "multiValueQueryStringParameters": None,
    "pathParameters": {"id": "7"},
    "stageVariables": None,
    "body": None,
    "isBase64Encoded": False,
    "requestContext": {
        "resourcePath": "/users/{id}",
        "path": "/dev/users/7",
        "httpMethod": "GET",
        "requestId": "benchmark",
    },
}


@dataclass(frozen=True)
class Case:
    """A handler in a fresh process, with an event and some of its environment."""

    module: str
    text: str  # of the program; it imports the module, and is given the event
    event: Any = field(default_factory=lambda: EVENT)
    path: tuple[Path, ...] = ()  # where Python looks for modules
    # -S: without what a virtual environment does at the start, which Lambda has not.
    options: tuple[str, ...] = ("-S",)
    env: dict[str, str] = field(default_factory=lambda: {"AUTH": "none"})

    def settings(self) -> dict[str, str]:
        return self.env | {"PYTHONPATH": ":".join(map(str, self.path))}

    def program(self) -> list[str]:
        return [PYTHON, *self.options, "-c", self.text, json.dumps(self.event)]


def built(folder: Path) -> tuple[Stage, payload.Payload]:
    """The app as stage dev packs it, for this Python."""
    stage = replace(stages.read("dev"), python="{}.{}".format(*sys.version_info))
    return stage, payload.build(stage, ROOT, folder / "built", show=lambda _: None)


def unpacked(folder: Path) -> tuple[Path, Path]:
    """Its two zips, unpacked as Lambda does: where Python looks for modules."""
    for zipped, name in (("deployment", "task"), ("layer-deployment", "opt")):
        with ZipFile(folder / f"built/out/{zipped}.zip") as files:
            files.extractall(folder / name)
    return folder / "task", next(folder.glob("opt/python/lib/*/site-packages"))


def environment(engine: str) -> dict[str, str]:
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    settings: dict[str, str] = config["environment_variables"]
    return settings | {
        "PATH": os.environ["PATH"],
        "PYTHONHASHSEED": "0",
        "APP_NAME": "users-api",  # for which the tables are made
        "STAGE": "bench",
        "AWS_LAMBDA_FUNCTION_NAME": "users-api-bench",
        "AWS_ENDPOINT_URL_DYNAMODB": engine,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


def count(case: Case, env: dict[str, str], folder: Path) -> int:
    """The instructions of one run, of what is compiled already."""
    output = folder / "cachegrind.out"
    told = [f"--cachegrind-out-file={output}", "--log-file=/dev/null"]
    started(case, env, folder, [*COUNTING, *told])
    return total(output)


def total(file: Path) -> int:
    """The instructions that cachegrind has written down."""
    summary = next(line for line in file.read_text().splitlines() if line.startswith("summary:"))
    return int(summary.split()[1])


def started(
    case: Case, env: dict[str, str], folder: Path, under: Sequence[str] = ()
) -> tuple[str, str]:
    """What a run writes to its two outputs."""
    done = subprocess.run(
        [*under, *case.program()],
        env=env | case.settings(),
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode:
        raise SystemExit(f"{case.module} does not run: {done.stderr[-1000:]}")
    return done.stdout, done.stderr
