"""Cold start in instructions: a fresh process imports a handler and answers its first GET.

Instructions counted by valgrind repeat to a millionth on a noisy machine; milliseconds do not.
The figure is the ratio to a bare handler with a boto3 client and nothing else, counted in the same
run, so that it holds for any Python. `--check` fails where a ratio is over its budget. The app has
botocore's data as a layer has it, of the services in use; the bare handler has it whole, as Lambda
gives it.

A stage that asks for tokens also fetches keys and checks one: what that adds is counted, and timed,
apart. Milliseconds and memory are medians of runs side by side, and only worth their ratio.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import botocore

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "vendor")]

from tests.engines import dynoxide  # noqa: E402 - the path above makes it importable
from tests.issuing import Issuing  # noqa: E402 - see above
from tools.deploy import descriptions, sources  # noqa: E402 - see above

BUDGET = 1.18  # of the bare handler's instructions
TOKENS_BUDGET = 0.30  # of them, in addition where tokens are asked for
RUNS = 7  # for a median of milliseconds
PAYLOAD = ("app.py", "chalicelib", "vendor")

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

RUN = """
import json, sys
from {module} import app
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
    path: tuple[str, ...] = ("", "vendor")  # of the payload
    env: dict[str, str] = field(default_factory=lambda: {"AUTH": "none"})

    def settings(self, payload: Path) -> dict[str, str]:
        return self.env | {"PYTHONPATH": ":".join(str(payload / part) for part in self.path)}

    def program(self, text: str = RUN) -> list[str]:
        return [sys.executable, "-c", text.format(module=self.module), json.dumps(self.event)]


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
    payload = _packed(folder)
    bearer = issuer.bearer(exp=4102444800, scope="users:read")
    signed = EVENT | {"headers": bearer, "multiValueHeaders": None}
    cases = {
        "bare": Case("bare", path=("",)),
        "app": Case("app"),
        "tokens": Case("app", signed, env=issuer.settings),
    }
    with dynoxide(folder, app="users-api", stage="bench") as engine:
        item = {"id": {"S": "7"}, "name": {"S": "Ada"}, "email": {"S": "ada@example.com"}}
        engine.client().put_item(TableName="users-api-bench-users", Item=item)
        env = _environment(engine.url)
        counts = {name: _count(case, payload, env, folder) for name, case in cases.items()}
        # Side by side, so that what else the machine does meets all alike.
        timed = [[_timed(case, payload, env) for case in cases.values()] for _ in range(RUNS)]
    _, app, tokens = (
        [median(values) for values in zip(*of, strict=True)] for of in zip(*timed, strict=True)
    )
    return counts, f"{tokens[0] - app[0]:.0f} ms more, {tokens[1] - app[1]:.1f} MB of memory more"


def _packed(folder: Path) -> Path:
    """The payload as it is packed, with its .pyc files."""
    payload = folder / "payload"
    payload.mkdir()
    for name in PAYLOAD:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, payload / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, payload / name)
    (payload / "bare.py").write_text(BARE)
    installed = Path(botocore.__file__).parent
    unread = shutil.ignore_patterns("__pycache__")
    shutil.copytree(installed, payload / "vendor/botocore", ignore=unread)
    descriptions.trim(payload, sources.listed(ROOT, PAYLOAD), show=lambda _: None)
    compileall.compile_dir(payload, quiet=1)
    return payload


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


def _count(case: Case, payload: Path, env: dict[str, str], folder: Path) -> int:
    _timed(case, payload, env)  # once without counting: it writes the .pyc that pip left out
    output = folder / "cachegrind.out"
    counting = [
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        f"--cachegrind-out-file={output}",
    ]
    subprocess.run(
        [*counting, *case.program()],
        env=env | case.settings(payload),
        cwd=payload,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=300,
    )
    summary = next(line for line in output.read_text().splitlines() if line.startswith("summary:"))
    return int(summary.split()[1])


def _timed(case: Case, payload: Path, env: dict[str, str]) -> tuple[float, float]:
    """Milliseconds and MB of one run."""
    done = subprocess.run(
        case.program(TIMED.format(run=RUN)),
        env=env | case.settings(payload),
        cwd=payload,
        check=True,
        capture_output=True,
        text=True,
    )
    milliseconds, memory = map(float, done.stdout.split()[-2:])
    return milliseconds, memory


if __name__ == "__main__":
    sys.exit(main())
