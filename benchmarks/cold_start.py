"""Cold start in instructions: a fresh process imports a handler and answers its first GET.

Instructions counted by valgrind repeat to a millionth on a noisy machine; milliseconds do not.
The figure is the ratio to a bare handler with a boto3 client and nothing else, counted in the same
run, so that it holds for any Python. `--check` fails where a ratio is over its budget. The app is
the very payload that is deployed; the bare handler has boto3 as pip installs it, compiled, too.

A stage that asks for tokens also fetches keys and checks one: what that adds is counted, and timed,
apart. Milliseconds and memory are medians of runs side by side, and only worth their ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any
from zipfile import ZipFile

import botocore

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "vendor")]

from tests.engines import dynoxide  # noqa: E402 - the path above makes it importable
from tests.issuing import Issuing  # noqa: E402 - see above
from tools import stages  # noqa: E402 - see above
from tools.deploy import payload  # noqa: E402 - see above

BUDGET = 0.73  # of the bare handler's instructions
TOKENS_BUDGET = 0.30  # of them, in addition where tokens are asked for
RUNS = 7  # for a median of milliseconds
PYTHON = getattr(sys, "_base_executable", sys.executable)

EVENT = {
    "resource": "/users/{id}",
    "path": "/users/7",
    "httpMethod": "GET",
    "headers": {"accept": "application/json"},
    "multiValueHeaders": {"accept": ["application/json"]},
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

BARE = """
import json, os
import boto3
client = boto3.client("dynamodb")
def app(event, context):
    key = {"id": {"S": event["pathParameters"]["id"]}}
    item = client.get_item(TableName="users-api-bench-users", Key=key, ConsistentRead=True)["Item"]
    body = json.dumps({name: next(iter(value.values())) for name, value in item.items()})
    return {"statusCode": 200, "body": body}
"""

# Counting slows a process down a hundred times: the app must not lose patience meanwhile.
RUN = """
import json, sys
from {module} import app
if "chalicekit.call" in sys.modules:
    sys.modules["chalicekit.call"].PATIENCE = 600
answer = app(json.loads(sys.argv[1]), None)
assert answer["statusCode"] == 200, answer
"""
# Of a run: how many milliseconds it took, and at most how many MB.
TIMED = """
import time
begun = time.perf_counter()
{run}
print((time.perf_counter() - begun) * 1000)
status = open("/proc/self/status").read()
print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
"""


@dataclass(frozen=True)
class Case:
    """A handler in a fresh process, with an event and some of its environment."""

    module: str
    event: dict[str, Any] = field(default_factory=lambda: EVENT)
    path: tuple[Path, ...] = ()  # where Python looks for modules
    env: dict[str, str] = field(default_factory=lambda: {"AUTH": "none"})

    def settings(self) -> dict[str, str]:
        return self.env | {"PYTHONPATH": ":".join(map(str, self.path))}

    def program(self, text: str = RUN) -> list[str]:
        # -S: without what a virtual environment does at the start, which Lambda has not.
        return [PYTHON, "-S", "-c", text.format(module=self.module), json.dumps(self.event)]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="fail over a budget")
    check = arguments.parse_args().check
    if shutil.which("valgrind") is None:
        print("cold start: not counted, since valgrind is missing: apt-get install valgrind")
        return 0
    with tempfile.TemporaryDirectory() as folder, Issuing() as issuer:
        counts, told = _measured(Path(folder), issuer)
    bare, app, tokens = counts["bare"], counts["app"], counts["tokens"] - counts["app"]
    print(
        f"cold start: {app / 1e6:,.0f} M instructions to the first GET /users/7, {app / bare:.3f} "
        f"of a bare boto3 handler's {bare / 1e6:,.0f} M; budget {BUDGET}"
    )
    print(
        f"  where tokens are asked for: {tokens / 1e6:,.0f} M more, {tokens / bare:.3f}; budget "
        f"{TOKENS_BUDGET}; {told}"
    )
    over = app / bare > BUDGET or tokens / bare > TOKENS_BUDGET
    if check and over:
        print(
            "cold start: over the budget; `python -X importtime -c 'import app'` shows what costs"
        )
        return 1
    return 0


def _measured(folder: Path, issuer: Issuing) -> tuple[dict[str, int], str]:
    """Instructions of each case, and a line on the time and memory that tokens add."""
    _packed(folder)
    bearer = issuer.bearer(exp=4102444800, scope="users:read")
    signed = EVENT | {"headers": bearer, "multiValueHeaders": None}
    lambdas = folder / "task", next(folder.glob("opt/python/lib/*/site-packages"))
    cases = {
        "bare": Case("bare", path=(folder, Path(botocore.__file__).parent.parent)),
        "app": Case("app", path=lambdas),
        "tokens": Case("app", signed, path=lambdas, env=issuer.settings),
    }
    with dynoxide(folder, app="users-api", stage="bench") as engine:
        item = {"id": {"S": "7"}, "name": {"S": "Ada"}, "email": {"S": "ada@example.com"}}
        engine.client().put_item(TableName="users-api-bench-users", Item=item)
        env = _environment(engine.url)
        counts = {name: _count(case, env, folder) for name, case in cases.items()}
        # Side by side, so that what else the machine does meets all alike.
        timed = [[_timed(case, env, folder) for case in cases.values()] for _ in range(RUNS)]
    _, app, tokens = (
        [median(values) for values in zip(*of, strict=True)] for of in zip(*timed, strict=True)
    )
    return counts, f"{tokens[0] - app[0]:.0f} ms more, {tokens[1] - app[1]:.1f} MB of memory more"


def _packed(folder: Path) -> None:
    """The two zips of the app, as Lambda unpacks them, and the bare handler."""
    stage = replace(stages.read("dev"), python="{}.{}".format(*sys.version_info))
    built = payload.build(stage, ROOT, folder / "built", show=lambda _: None)
    for zipped, name in ((built.function, "task"), (built.layer, "opt")):
        with ZipFile(zipped) as packed:
            packed.extractall(folder / name)
    (folder / "bare.py").write_text(BARE)


def _environment(engine: str) -> dict[str, str]:
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


def _count(case: Case, env: dict[str, str], folder: Path) -> int:
    _timed(case, env, folder)  # once without counting: it writes the .pyc that pip left out
    output = folder / "cachegrind.out"
    counting = [
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        f"--cachegrind-out-file={output}",
    ]
    subprocess.run(
        [*counting, *case.program()],
        env=env | case.settings(),
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=300,
    )
    summary = next(line for line in output.read_text().splitlines() if line.startswith("summary:"))
    return int(summary.split()[1])


def _timed(case: Case, env: dict[str, str], folder: Path) -> tuple[float, float]:
    """Milliseconds and MB of one run."""
    done = subprocess.run(
        case.program(TIMED.format(run=RUN)),
        env=env | case.settings(),
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    milliseconds, memory = map(float, done.stdout.split()[-2:])
    return milliseconds, memory


if __name__ == "__main__":
    sys.exit(main())
