"""Cold start in instructions: a fresh process imports a handler and answers its first GET.

Instructions counted by valgrind repeat to a millionth on a noisy machine; milliseconds do not.
The figure is the ratio to a bare handler with a boto3 client and nothing else, counted in the same
run, so that it holds for any Python. `--check` fails where the ratio is over the budget.
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
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "vendor")]

from tests.engines import dynoxide  # noqa: E402 - the path above makes it importable

BUDGET = 1.35  # of the bare handler's instructions
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


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="fail over the budget")
    check = arguments.parse_args().check
    if shutil.which("valgrind") is None:
        print("cold start: not counted, since valgrind is missing: apt-get install valgrind")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        counts = _counts(Path(folder))
    ratio = counts["app"] / counts["bare"]
    print(
        f"cold start: {counts['app'] / 1e6:,.0f} M instructions to the first GET /users/7,", end=" "
    )
    print(f"{ratio:.3f} of a bare boto3 handler's {counts['bare'] / 1e6:,.0f} M; budget {BUDGET}")
    if check and ratio > BUDGET:
        print(
            "cold start: over the budget; `python -X importtime -c 'import app'` shows what costs"
        )
        return 1
    return 0


def _counts(folder: Path) -> dict[str, int]:
    """Instructions of each handler, on the payload as it is packed, with its .pyc files."""
    payload = folder / "payload"
    payload.mkdir()
    for name in PAYLOAD:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, payload / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, payload / name)
    (payload / "bare.py").write_text(BARE)
    compileall.compile_dir(payload, quiet=1)
    with dynoxide(folder, app="users-api", stage="bench") as engine:
        item = {"id": {"S": "7"}, "name": {"S": "Ada"}, "email": {"S": "ada@example.com"}}
        engine.client().put_item(TableName="users-api-bench-users", Item=item)
        return {module: _count(module, payload, engine.url, folder) for module in ("bare", "app")}


def _count(module: str, payload: Path, engine: str, folder: Path) -> int:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{payload}:{payload / 'vendor'}",
        "PYTHONHASHSEED": "0",
        "APP_NAME": "users-api",
        "STAGE": "bench",
        "AUTH": "none",
        "AWS_LAMBDA_FUNCTION_NAME": "users-api-bench",
        "AWS_ENDPOINT_URL_DYNAMODB": engine,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    program = [sys.executable, "-c", RUN.format(module=module), json.dumps(EVENT)]
    # Once without counting: it writes the .pyc files that pip may have left out.
    subprocess.run(program, env=environment, cwd=payload, check=True, stdout=subprocess.DEVNULL)
    output = folder / "cachegrind.out"
    counting = [
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        f"--cachegrind-out-file={output}",
    ]
    subprocess.run(
        [*counting, *program],
        env=environment,
        cwd=payload,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=300,
    )
    summary = next(line for line in output.read_text().splitlines() if line.startswith("summary:"))
    return int(summary.split()[1])


if __name__ == "__main__":
    sys.exit(main())
